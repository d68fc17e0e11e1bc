"""What anybody does first, with nothing but mlsig installed: any interpreter runs this.

python smoke.py FOLDER EXAMPLE
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

SOURCE = """\
provider desk {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "small" { context_window: 4_096 }
}

signature Triage {
  input  message: str
  output priority: int(1..5)
}

space Tuning {
  var provider: provider(desk) = desk
  var model: model(provider)
}

program Triager {
  signature: Triage
  space: Tuning
}
"""


def main(folder: Path, example: Path) -> None:
    """Compile the example, run it, check a file, and show what a program would send."""
    mlsig = [sys.executable, "-m", "mlsig"]
    (folder / "desk.mlsig").write_text(SOURCE, encoding="utf-8")
    for source in (example / "quickstart.mlsig", folder / "desk.mlsig"):
        subprocess.run([*mlsig, "compile", str(source), "--out", "generated"], cwd=folder, check=True)
    for words in (["check", "desk.mlsig"], ["fmt", "--check", "desk.mlsig"], ["explain", "MLS0102"]):
        subprocess.run([*mlsig, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "quickstart.py").write_bytes((example / "quickstart.py").read_bytes())
    subprocess.run([sys.executable, "quickstart.py"], cwd=folder, check=True)
    sys.path.insert(0, str(folder))
    from generated.desk import Triager  # type: ignore[import-not-found]  # noqa: PLC0415

    assert "Where is it?" in str(Triager.prompt(message="Where is it?"))
    print(f"mlsig {version('mlsig')} works on Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
