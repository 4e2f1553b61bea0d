# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Certificates that are right, and wrong in one way each."""

import subprocess

CONFIG = """
[ca]
default_ca = testca
[testca]
dir = {dir}
database = $dir/index.txt
new_certs_dir = $dir
rand_serial = yes
default_md = sha256
policy = policy
unique_subject = no
copy_extensions = copy
[policy]
commonName = supplied
[req]
distinguished_name = name
[name]
"""


class Authority:
    """A certificate authority in a directory of its own."""

    def __init__(self, path):
        self.dir = path
        path.mkdir(parents=True, exist_ok=True)
        self.config = path / "openssl.cnf"
        self.config.write_text(CONFIG.format(dir=path))
        (path / "index.txt").write_text("")
        self.ca = path / "ca.pem"
        self.key = path / "ca.key"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                      "-config", self.config, "-keyout", self.key, "-out",
                      self.ca, "-subj", "/CN=Test CA", "-days", "2",
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign")
        # Dovecot's auth process may not run as root.
        self.dir.chmod(0o755)
        self.ca.chmod(0o644)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def issue(self, name, host="localhost", years=(2020, 2049)):
        """A certificate and key: two paths."""
        request = self.dir / f"{name}.csr"
        certificate = self.dir / f"{name}.pem"
        key = self.dir / f"{name}.key"
        self._openssl("req", "-new", "-newkey", "rsa:2048", "-nodes",
                      "-config", self.config, "-keyout", key, "-out", request,
                      "-subj", f"/CN={host}",
                      "-addext", f"subjectAltName=DNS:{host}")
        dates = [f"{year}0101000000Z" for year in years]
        self._openssl("ca", "-batch", "-notext", "-config", self.config,
                      "-cert", self.ca, "-keyfile", self.key,
                      "-startdate", dates[0], "-enddate", dates[1],
                      "-in", request, "-out", certificate)
        return certificate, key
