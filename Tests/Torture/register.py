"""Whether what was read of one thing can have been so, given all that was done to it.

Each act happened at one unknown moment between its request and its reply. So what was read is legal if there is an act
that can have brought it about, and of which no other certainly came later but before the reading. Over a restart only
what was saved certainly came; an act without a reply may have been, or not.
"""

from bisect import bisect_left


class Register:
    def __init__(self, initial):
        #: Acts of earlier runs that can still be in force.
        self._old = []
        self._initial = initial
        self._floor = -1
        self._initial_holds = True

    def check_run(self, effects, end, fresh=False):
        """Takes the effects of one run, and returns those readings that cannot have been, each with what came before."""
        if fresh:
            self._old, self._floor, self._initial_holds = [], -1, True
        sure = sorted((effect for effect in effects if effect.sure), key=lambda effect: effect.received)
        ends = [effect.received for effect in sure]
        floors, floor = [self._floor], self._floor
        for effect in sure:
            floor = max(floor, effect.sent)
            floors.append(floor)
        able = sorted(effects, key=lambda effect: effect.received)
        able_ends = [effect.received for effect in able]
        longest = max((effect.received - effect.sent for effect in able), default=0)

        def floor_at(sent):
            return floors[bisect_left(ends, sent)]

        def explained(values, sent, received, of, depth=0):
            floor = floor_at(sent)
            if self._initial in values and self._initial_holds and floor < 0:
                return True
            for other in self._candidates(able, able_ends, floor, received + longest):
                if other is of or not other.values & values or other.sent > received or other.until < sent:
                    continue
                if other.seen and other.received >= sent:
                    continue
                if other.creates and (depth or not explained({"A"}, other.sent, other.received, other, 1)):
                    continue
                return True
            return False

        wrong = []
        for effect in able:
            if effect.seen and not explained(effect.values, effect.sent, effect.received, effect):
                last = floor_at(effect.sent)
                before = next((other.what for other in sure + self._old if other.sent == last), "before")
                wrong.append((effect, before))
        self._carry(able)
        return wrong

    def _candidates(self, able, ends, floor, latest):
        """What did not certainly come before something else that did, and did not end too late to have begun in time."""
        for other in self._old:
            if other.received >= floor:
                yield other
        for index in range(bisect_left(ends, floor), len(able)):
            if ends[index] > latest:
                break
            yield able[index]

    def _carry(self, able):
        """What the next run can find."""
        for effect in able:
            if effect.saved and effect.sure:
                self._floor = max(self._floor, effect.sent)
        if self._floor >= 0:
            self._initial_holds = False
        self._old = [effect for effect in self._old + able if effect.received >= self._floor]
        # Enough of those that say the same: the newest.
        if len(self._old) > 400:
            newest = {}
            for effect in self._old:
                newest.setdefault((effect.values, effect.creates, effect.seen), []).append(effect)
            self._old = [effect for same in newest.values() for effect in same[-100:]]
