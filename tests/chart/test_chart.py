"""The Helm chart: valid, hardened, and with the commands and secrets of the other deployments."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cinema_project.settings.env import SECRETS
from ops.runner.services import WEB_THREADS, WEB_WORKERS
from tests.chart.helm import find_helm

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "deploy" / "helm" / "layar"
KUBERNETES = ("1.29", "1.34")
BUCKETS = [
    *("--set", "settings.MEDIA_S3_BUCKET=media"),
    *("--set", "settings.MEDIA_S3_PUBLIC_URL=https://media.example"),
    *("--set", "settings.EXPORTS_S3_BUCKET=exports"),
    *("--set", "settings.BACKUP_S3_BUCKET=backups"),
]
Resource = dict[str, Any]


def helm(*arguments: str | Path) -> tuple[int, str]:
    finished = subprocess.run(
        [find_helm(), *arguments], capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stdout + finished.stderr


def rendered(*arguments: str) -> list[Resource]:
    code, output = helm("template", "cinema", CHART, *BUCKETS, *arguments)
    assert code == 0, output
    return [resource for resource in yaml.safe_load_all(output) if resource]


def named(resources: list[Resource], kind: str, name: str) -> Resource:
    [found] = [
        each for each in resources if each["kind"] == kind and each["metadata"]["name"] == name
    ]
    return found


def pods(resources: list[Resource]) -> dict[str, Resource]:
    """Pod specifications by the name of their Deployment or Job."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in resources
        if each["kind"] in ("Deployment", "Job")
    }


def test_chart_has_no_lint() -> None:
    code, output = helm("lint", "--strict", CHART, *BUCKETS)

    assert (code, "0 chart(s) failed" in output) == (0, True), output


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_resource_matches_the_kubernetes_schema(version: str) -> None:
    resources = rendered("--set", "live.autoscaling.socketsPerPod=4000")

    for resource in resources:
        kubernetes_validate.validate(resource, version, strict=True)
    assert sorted({each["kind"] for each in resources}) == [
        *("Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy"),
        *("PodDisruptionBudget", "Service"),
    ]


def test_every_container_is_hardened() -> None:
    for name, pod in pods(rendered()).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name


def test_secrets_are_files_and_never_values() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    pod = pods(rendered())["cinema-web"]
    given = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}

    assert schema["settings"]["propertyNames"]["not"]["enum"] == list(SECRETS)
    assert schema["secrets"]["properties"]["keys"]["items"]["enum"] == list(SECRETS)
    assert {name: given[name] for name in given if name.removesuffix("_FILE") in SECRETS} == {
        f"{name}_FILE": f"/run/secrets/layar/{name}" for name in values["secrets"]["keys"]
    }
    code, output = helm("template", CHART, *BUCKETS, "--set", "settings.SECRET_KEY=shown")
    assert (code, "invalid propertyName 'SECRET_KEY'" in output) == (1, True)


def test_chart_without_shared_files_is_refused() -> None:
    code, output = helm("template", CHART)

    assert (code, "pods share no disk" in output) == (1, True)
    assert helm("template", CHART, "--set", "existingClaim=files")[0] == 0


def test_commands_are_those_of_the_other_deployments() -> None:
    found = {name: pod["containers"][0].get("args") for name, pod in pods(rendered()).items()}
    image = json.loads(re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)[-1])

    assert " ".join(found["cinema-web"]).replace("=", " ") == " ".join(image)
    assert f"--workers={WEB_WORKERS}" in found["cinema-web"]
    assert f"--threads={WEB_THREADS}" in found["cinema-web"]
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert " ".join(found["cinema-live"]).replace("=", " ") == " ".join(compose["live"]["command"])


def test_sockets_are_routed_to_live_servers_and_pages_to_web_servers() -> None:
    [rule] = named(rendered(), "Ingress", "cinema")["spec"]["rules"]

    assert [
        (path["path"], path["backend"]["service"]["name"]) for path in rule["http"]["paths"]
    ] == [("/ws/", "cinema-live"), ("/", "cinema-web")]


def test_migrations_end_before_pods_of_the_new_version_start() -> None:
    resources = rendered()
    job = named(resources, "Job", "cinema-migrate")
    [container] = job["spec"]["template"]["spec"]["containers"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container["args"] == ["python", "manage.py", "migrate", "--no-input"]
    assert {"name": "DATABASE_TIMEOUTS", "value": "false"} in container["env"]


def test_live_servers_scale_on_processor_and_on_open_sockets() -> None:
    scaler = named(
        rendered("--set", "live.autoscaling.socketsPerPod=4000"),
        "HorizontalPodAutoscaler",
        "cinema-live",
    )

    assert [metric.get("resource", metric.get("pods")) for metric in scaler["spec"]["metrics"]] == [
        {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 65}},
        {
            "metric": {"name": "layar_live_sockets"},
            "target": {"type": "AverageValue", "averageValue": "4000"},
        },
    ]


def test_one_beat_is_replaced_and_never_doubled() -> None:
    beat = named(rendered(), "Deployment", "cinema-beat")["spec"]

    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
