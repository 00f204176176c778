{{- define "layar.labels" -}}
app.kubernetes.io/name: layar
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ include "layar.tag" . | trunc 63 | trimSuffix "-" | replace ":" "-" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Labels that choose the pods of one component; "component" is web, live, worker, beat or migrate. */}}
{{- define "layar.selector" -}}
app.kubernetes.io/name: layar
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "layar.fullname" -}}
{{ .root.Release.Name }}-{{ .component }}
{{- end }}

{{- define "layar.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "layar.image" -}}
{{- $tag := include "layar.tag" . -}}
{{ .Values.image.repository }}{{ if hasPrefix "sha256:" $tag }}@{{ else }}:{{ end }}{{ $tag }}
{{- end }}

{{/* The environment of every process: settings as values, secrets as paths of files. */}}
{{- define "layar.env" -}}
- {name: SITE_URL, value: {{ printf "https://%s" .Values.host | quote }}}
- {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
# Prometheus asks each pod by its address.
- {name: ALLOWED_HOSTS, value: {{ printf "%s,$(POD_IP)" .Values.host | quote }}}
- {name: TRUSTED_PROXY_COUNT, value: "1"}
- {name: LIVE_PORT, value: ""}
- {name: METRICS_DIR, value: /tmp/metrics}
{{- range $name, $value := .Values.settings }}
{{- if ne (toString $value) "" }}
- {name: {{ $name }}, value: {{ toString $value | quote }}}
{{- end }}
{{- end }}
{{- range .Values.secrets.keys }}
- {name: {{ . }}_FILE, value: /run/secrets/layar/{{ . }}}
{{- end }}
{{- end }}

{{- define "layar.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "layar.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: static, mountPath: /var/lib/layar/static}
- {name: secrets, mountPath: /run/secrets/layar, readOnly: true}
{{- if .Values.existingClaim }}
- {name: files, mountPath: /var/lib/layar/media, subPath: media}
- {name: files, mountPath: /var/lib/layar/exports, subPath: exports}
- {name: files, mountPath: /var/lib/layar/backups, subPath: backups}
{{- end }}
{{- end }}

{{/* What is the same in the pods of all components, before their containers. */}}
{{- define "layar.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "layar.selector" . | nindent 8 }}
volumes:
  - {name: tmp, emptyDir: {}}
  - {name: static, emptyDir: {}}
  - name: secrets
    secret: {secretName: {{ .root.Values.secrets.name }}, defaultMode: 0440}
{{- if .root.Values.existingClaim }}
  - name: files
    persistentVolumeClaim: {claimName: {{ .root.Values.existingClaim }}}
{{- end }}
{{- end }}

{{/* Pages and email name static files by their hashes, so every pod needs the list of them. */}}
{{- define "layar.collectStatic" -}}
initContainers:
  - name: static-files
    image: {{ include "layar.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command: [python, manage.py, collectstatic, --no-input, --ignore, redoc, --ignore, rest_framework]
    env: {{ include "layar.env" . | nindent 6 }}
    securityContext: {{ include "layar.containerSecurity" . | nindent 6 }}
    volumeMounts: {{ include "layar.mounts" . | nindent 6 }}
    resources:
      requests: {cpu: 100m, memory: 256Mi}
      limits: {memory: 512Mi}
{{- end }}

{{/* The kubelet asks by address; the site answers to its host name alone. */}}
{{- define "layar.httpProbe" -}}
httpGet:
  path: {{ .path }}
  port: http
  httpHeaders:
    - {name: Host, value: {{ .host | quote }}}
timeoutSeconds: 4
{{- end }}
