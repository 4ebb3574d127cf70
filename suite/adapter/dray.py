"""Adapter that lets the Python runner of wasi-testsuite drive dray.

    python3 run-tests --runtime .../suite/adapter/dray.py

The environment variable DRAY is the command, split as a shell would.
"""

import os
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple

DRAY = shlex.split(os.getenv("DRAY", "dray"), posix=os.name != "nt")


def get_name() -> str:
    return "dray"


def get_version() -> str:
    out = subprocess.run(DRAY[0:1] + ["--version"], encoding="UTF-8",
                         capture_output=True, check=True)
    return out.stdout.split()[1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1", "wasm32-wasip3"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command", "wasi:http/service"]


def compute_argv(test_path: str,
                 args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
                 proposals: List[str],
                 wasi_world: str,
                 wasi_version: str) -> List[str]:
    args, env, root = args_env_root
    if wasi_world == "wasi:http/service":
        argv = DRAY + ["serve", "--addr", "127.0.0.1:0"]
    else:
        argv = DRAY + ["run"]
    if "http" in proposals:
        argv += ["-S", "http"]
    if "sockets" in proposals:
        argv += ["-S", "inherit-network"]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
