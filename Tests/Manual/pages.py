"""Manual pages in mdoc(7), as far as ours go: their items, and the text that a reader sees."""

import os
import re

from programs import ROOT

NAMES = ["breakerctl.1", "breakerd.yaml.5", "breakerd-protocol.7", "breakerd.8"]
DIRECTORY = os.path.join(ROOT, "man")
ESCAPES = {r"\&": "", r"\-": "-", r"\(ti": "~", r"\e": "\\"}
MACROS = set("It Xo Xc Nm Cm Ic Ar Fl Op Oo Oc Ns Pq Li Er Ev Pa Ql Sq Xr No Sx Em Sy Dv Pp Dl Nd Sh Ss".split())
CLOSING = {"Op": "]", "Pq": ")", "Ql": "", "Sq": ""}
OPENING = {"Op": "[", "Pq": "(", "Ql": "", "Sq": ""}


def flatten(lines):
    """The text of lines, in one line."""
    out = ""
    glue = True
    for line in lines:
        if not line.startswith("."):
            words, callable_ = line.split(), False
        else:
            words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line[1:])]
            callable_ = True
        closing = []
        last = None
        for word in words:
            if callable_ and word in MACROS:
                last = word
                if word == "Ns":
                    glue = True
                elif word in OPENING:
                    if OPENING[word]:
                        out += ("" if glue or not out else " ") + OPENING[word]
                        glue = True
                    closing.append(CLOSING[word])
                elif word == "Oo":
                    out += ("" if glue or not out else " ") + "["
                    glue = True
                elif word == "Oc":
                    out += "]"
                    glue = False
                continue
            for escape, text in ESCAPES.items():
                word = word.replace(escape, text)
            if last == "Fl":
                word = "-" + word
                last = None
            is_punctuation = callable_ and word in {",", ".", ";", ":", ")"}
            out += ("" if glue or not out or is_punctuation else " ") + word
            glue = False
        out += "".join(reversed(closing))
        glue = glue and words[-1:] == ["Ns"]
    return out


class Item:
    """An entry of a list: its head, its text, and the entries of lists in it."""

    def __init__(self, head):
        self.head_lines = [head]
        self.lines = []
        self.items = []

    @property
    def head(self):
        return flatten(self.head_lines)

    @property
    def text(self):
        return flatten(self.lines)


class Page:
    """A page, by sections."""

    def __init__(self, name):
        with open(os.path.join(DIRECTORY, name)) as file:
            lines = file.read().splitlines()
        self.sections = {}
        for line in lines:
            if line.startswith(".Sh "):
                self.sections[line[4:]] = []
            elif self.sections and not line.startswith('.\\"'):
                self.sections[list(self.sections)[-1]].append(line)

    def text(self, section):
        return flatten(self.sections[section])

    def items(self, section):
        """The entries of the lists of a section. One without text shares that of the next."""
        roots, stack, head = Item(""), [], None
        stack.append(roots)
        for line in self.sections[section]:
            if line.startswith(".Bl"):
                stack.append(None)
            elif line.startswith(".El"):
                stack.pop()
            elif line.startswith(".It"):
                item = Item(line)
                stack[-1] = item
                parent = next(each for each in reversed(stack[:-1]) if each is not None)
                parent.items.append(item)
                head = item if line == ".It Xo" else None
            elif head is not None:
                head.head_lines.append(line)
                head = None if line == ".Xc" else head
            elif stack[-1] is not None:
                stack[-1].lines.append(line)
        return roots.items
