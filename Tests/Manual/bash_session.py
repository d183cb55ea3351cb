"""What a real bash offers for a line."""

import os
import pty
import re
import select
import subprocess
import time

def offers(completion, line, environment, breaks, before=""):
    """What the function of `completion`, a file, offers at the end of the line, and what came on standard error.

    The words are cut as bash cuts them, at `breaks`; `before` is run first.
    """
    words = re.findall(rf"[{breaks}]+|(?:'[^']*'?|\"[^\"]*\"?|[^\s{breaks}'\"])+", line)
    if line[-1:].isspace():
        words.append("")
    name = os.path.basename(completion).removesuffix(".bash")
    script = f"""
      {before}
      source "$COMPLETION"
      compopt() {{ builtin compopt "$@" 2>/dev/null || :; }} # It wants to be called by bash itself.
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$LINE COMP_POINT=${{#LINE}}
      _{name} {name} "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
      ((${{#COMPREPLY[@]}})) && printf '%s\\n' "${{COMPREPLY[@]}}"
      exit 0
    """
    said = subprocess.run(
        ["bash", "--norc", "-c", script, "bash"] + words, env=dict(environment, COMPLETION=completion, LINE=line),
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return said.stdout.splitlines(), said.stderr


def typed(completion, line, environment):
    """What stands on the line when Tab has been pressed behind it, in a terminal: the words of the command."""
    name = line.split()[0]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], dict(environment, TERM="dumb", PS1=""))
    setup = f"source {completion}; {name}() {{ printf '<%s>' \"$@\"; echo; }}; echo set''up\n"
    os.write(terminal, setup.encode())
    shown = _until(terminal, "setup\r\n")
    os.write(terminal, line.encode() + b"\t")
    _until(terminal, None)
    os.write(terminal, b"\necho e''nd\n")
    shown = _until(terminal, "end\r\n")
    os.write(terminal, b"exit\n")
    os.close(terminal)
    os.waitpid(pid, 0)
    return re.findall(r"<([^>]*)>", shown)


def _until(terminal, text):
    """What is shown until `text` is; None: until there is no more for a second."""
    shown = ""
    end = time.monotonic() + 20
    while text is None or text not in shown:
        assert time.monotonic() < end, f"bash did not answer: {shown!r}"
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace")
        elif text is None:
            return shown
    return shown
