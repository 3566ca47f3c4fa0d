"""A certificate authority of the test's own, made with the openssl program."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

_CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
default_ca = own
[own]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = keyCertSign
subjectKeyIdentifier = hash
"""


class Authority:
    """Makes certificates that are good, too old, too young, for another host, or of nobody known."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("openssl"):
            pytest.skip("the openssl program is not on this machine")
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        self.config = folder / "openssl.cnf"
        self.config.write_text(_CONFIG.format(folder=folder))
        self._openssl(
            "req", "-x509", "-config", self.config, "-extensions", "authority", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-subj", "/CN=Test authority", "-days", "2", "-keyout", folder / "ca.key",
            "-out", self.ca_file,
        )  # fmt: skip

    def context(
        self,
        host: str = "localhost",
        *,
        start_days: int = -1,
        end_days: int = 1,
        own: bool = False,
        middle: str = "",
    ) -> ssl.SSLContext:
        """Make a server's context; `own` signs the certificate with its own key.

        `middle` puts an authority between ours and the leaf, whose certificate is "sent" or "kept back".
        """
        key, request, leaf = (self.folder / f"leaf.{end}" for end in ("key", "csr", "pem"))
        extensions = self.folder / "leaf.ext"
        extensions.write_text(f"subjectAltName = DNS:{host}\n")
        self._openssl(
            "req", "-new", "-config", self.config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={host}", "-keyout", key, "-out", request,
        )  # fmt: skip
        now = datetime.now(UTC)
        start, end = (
            (now + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
            for days in (start_days, end_days)
        )
        issuer = self.ca_file
        if middle:
            issuer = self._middle()
        signer = (
            ("-selfsign", "-keyfile", key) if own
            else ("-cert", issuer, "-keyfile", issuer.with_suffix(".key"))
        )  # fmt: skip
        self._openssl(
            "ca", "-batch", "-notext", "-config", self.config, *signer, "-startdate", start,
            "-enddate", end, "-extfile", extensions, "-in", request, "-out", leaf,
        )  # fmt: skip
        if middle == "sent":
            leaf.write_text(leaf.read_text() + issuer.read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf, key)
        return context

    def _middle(self) -> Path:
        """Make an authority that ours signed; once."""
        made = self.folder / "middle.pem"
        if not made.exists():
            request = self.folder / "middle.csr"
            self._openssl(
                "req", "-new", "-config", self.config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=Middle", "-keyout", made.with_suffix(".key"), "-out", request,
            )  # fmt: skip
            self._openssl(
                "ca", "-batch", "-notext", "-config", self.config, "-cert", self.ca_file,
                "-keyfile", self.folder / "ca.key", "-days", "2", "-extensions", "authority",
                "-in", request, "-out", made,
            )  # fmt: skip
        return made

    def _openssl(self, *arguments: object) -> None:
        command = ["openssl", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
