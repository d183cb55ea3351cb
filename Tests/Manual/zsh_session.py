"""What a real zsh offers for a line, asked as a person does: by the Tab key, in a terminal."""

import os
import pty
import select
import shutil
import tempfile
import time

# What is offered is written to a file as it is added; what then is on the line does not matter.
SETUP = r"""
PS1='' PS2='' RPS1=''
unsetopt beep zle_bracketed_paste prompt_cr prompt_sp 2>/dev/null
setopt no_list_ambiguous no_auto_menu no_always_last_prompt
LISTMAX=100000
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a offered
  builtin compadd -A offered "$@"
  (( $#offered )) && print -rl -- $offered >>$OFFERED
  builtin compadd "$@"
}
complete-and-tell() {
  zle complete-word
  print -r -- '' >>$DONE
  BUFFER=
}
zle -N complete-and-tell
bindkey -e
bindkey '^I' complete-and-tell
print -r -- '' >>$DONE
"""


class ZshSession:
    """A zsh with the completions loaded."""

    def __init__(self, completions, environment):
        self.directory = tempfile.mkdtemp()
        self.offered = os.path.join(self.directory, "offered")
        self.done = os.path.join(self.directory, "done")
        setup = os.path.join(self.directory, "setup")
        with open(setup, "w") as file:
            file.write(SETUP)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            variables = dict(environment, COMPLETIONS=completions, OFFERED=self.offered, DONE=self.done, TERM="dumb")
            os.execvpe("zsh", ["zsh", "-f", "-i"], variables)
        os.write(self.terminal, f"source {setup}\n".encode())
        self._wait(1)

    def offers(self, line):
        """What is offered at the end of the line, sorted; and what the terminal showed."""
        open(self.offered, "w").close()
        count = self._count()
        os.write(self.terminal, line.encode() + b"\t")
        shown = self._wait(count + 1)
        with open(self.offered) as file:
            return sorted(set(file.read().split())), shown

    def _count(self):
        return os.path.getsize(self.done) if os.path.exists(self.done) else 0

    def _wait(self, count):
        shown = b""
        end = time.monotonic() + 10
        while self._count() < count:
            assert time.monotonic() < end, f"zsh did not answer: {shown!r}"
            if select.select([self.terminal], [], [], 0.01)[0]:
                shown += os.read(self.terminal, 65536)
        while select.select([self.terminal], [], [], 0.05)[0]:
            shown += os.read(self.terminal, 65536)
        return shown.decode(errors="replace")

    def close(self):
        os.write(self.terminal, b"\x03\nexit\n")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
        shutil.rmtree(self.directory)
