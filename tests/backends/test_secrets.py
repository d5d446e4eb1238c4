"""Where keys and tokens are looked for, so that no pickle holds them."""

from __future__ import annotations

import json
from pathlib import Path

from odps_jupyter.backends.secrets import secrets_in


def test_files_of_tokens_that_hold_none(tmp_path: Path) -> None:
    file = tmp_path / "token"
    names = ("ODPS_BEARER_TOKEN_FILE", "ODPS_STS_ACCOUNT_FILE")
    environ = dict.fromkeys(names, str(file))
    assert set(secrets_in(environ)) == {""}
    file.write_bytes(b"\xff\xfe\x00")
    assert set(secrets_in(environ)) == {""}
    file.write_text("[]")
    assert set(secrets_in(environ)) == {"[]"}
    file.write_text(json.dumps({"accessKeySecret": "hush-hush", "securityToken": 1}))
    assert list(secrets_in({"ODPS_STS_ACCOUNT_FILE": str(file)})) == ["hush-hush"]
