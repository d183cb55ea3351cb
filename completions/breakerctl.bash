# Completion of breakerctl for bash 4.2 or later. It needs nothing else; with the package bash-completion, what stands
# behind `exec NAME --` is completed as that command completes it.
#
# Names of breakers come from the daemon. It is waited for 200 ms at most; without one nothing is offered, and nothing
# is said.
# shellcheck disable=SC2046 # What is offered are words.

# Every key of a policy.
_breakerctl_keys=(
  trip.{consecutive_failures,failures,failure_rate,slow_rate,slow_call,minimum_calls}
  trip.window trip.window.{time,buckets,calls} trip_on_success lump overdue concurrency.{limit,lease}
  open.{duration,backoff,max_duration,jitter,reset_after}
  half_open.{probes,successes,calls,failure_rate,lease,max_lease,max_wait}
  recovery check.{interval,attempts,latch,timeout,http,expect,tcp} ramp.{start,duration}
  shadow.trip.{consecutive_failures,failures,failure_rate,slow_rate,slow_call,minimum_calls}
  shadow.trip.window shadow.trip.window.{time,buckets,calls} shadow.{trip_on_success,lump} forget_after
)

_breakerctl() {
  local words raw cur IFS=$' \t\n'
  _breakerctl_words
  COMPREPLY=()

  # What was typed before the cursor: the command, its arguments, and the option whose value is wanted, if one is.
  local command='' option='' socket='' terminator='' i word
  local -a arguments=()
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ -n $option ]]; then
      [[ $option == --socket ]] && socket=$word
      option=
    elif [[ $word == -- ]]; then
      terminator=$i
      break
    elif [[ $word == --socket=* ]]; then
      socket=${word#*=}
    elif [[ $word == -* ]]; then
      _breakerctl_takes_value "$word" && option=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      arguments+=("$word")
    fi
  done

  if [[ -n $terminator ]]; then
    [[ $command == exec ]] && _breakerctl_other_command "${raw[terminator + 1]}"
  elif [[ -n $option ]]; then
    _breakerctl_value "$option"
  elif [[ $cur == --*=* && $COMP_WORDBREAKS == *=* ]]; then
    option=${cur%%=*}
    cur=${cur#*=}
    _breakerctl_value "$option"
  elif [[ $cur == -* ]]; then
    _breakerctl_offer $(_breakerctl_options) --socket --json --no-color --version --help
  elif [[ -z $command ]]; then
    _breakerctl_offer $(_breakerctl_commands)
  else
    _breakerctl_argument
  fi
}

_breakerctl_commands() {
  echo allow report exec state show why policy shadow list events watch metrics reset force release forget set unset \
    ping health doctor stats clients hello reload loglevel sync backup verbs bench help
}

# The options of $command, besides those of all commands.
_breakerctl_options() {
  case $command in
    allow) echo --lease --strict --on-unavailable --timeout ;;
    report) echo --ms --err --strict --timeout ;;
    exec) echo --timeout --slow --lease --fallback --denied-exit --strict --on-unavailable ;;
    shadow) echo --limit --timeout ;;
    list) echo --limit --timeout ;;
    events) echo --since --limit --timeout ;;
    watch) echo --exec --exec-timeout --no-snapshot --timeout ;;
    metrics) echo --output --timeout ;;
    reset | release | forget | set | unset | reload | backup) echo --why --timeout ;;
    force | loglevel) echo --for --why --timeout ;;
    doctor) echo --as --timeout ;;
    bench) echo --for --names --verb ;;
    state | show | why | policy | ping | health | stats | clients | hello | sync | verbs)
      echo --timeout
      ;;
  esac
}

_breakerctl_takes_value() {
  case $1 in
    -h | --help | --version | --json | --no-color | --strict | --no-snapshot | *=*) return 1 ;;
    *) return 0 ;;
  esac
}

# The value of the option $1.
_breakerctl_value() {
  case $command:$1 in
    *:--socket | metrics:--output) _breakerctl_files ;;
    *:--on-unavailable) _breakerctl_offer allow deny ;;
    bench:--verb) _breakerctl_offer allow report ;;
    doctor:--as) _breakerctl_offer $(compgen -u) ;;
    exec:--fallback | watch:--exec) _breakerctl_offer $(compgen -c -- "$cur") ;;
  esac
}

# The next argument of $command.
_breakerctl_argument() {
  case $command:${#arguments[@]} in
    allow:0 | report:0 | exec:0 | state:0 | show:0 | why:0 | policy:0 | shadow:0 | force:0 | set:0 | unset:0) ;&
    list:0 | events:0 | watch:0 | metrics:0 | reset:0 | release:0 | forget:0) _breakerctl_names ;;
    report:1) _breakerctl_offer ok fail ignore ;;
    exec:1) _breakerctl_offer -- ;;
    force:1) _breakerctl_offer open closed observe ;;
    set:*) _breakerctl_setting ;;
    unset:*) _breakerctl_set_keys ;;
    loglevel:0) _breakerctl_offer trace debug info notice warning error critical ;;
    verbs:0) _breakerctl_offer $(_breakerctl_ask verbs) ;;
    help:0) _breakerctl_offer $(_breakerctl_commands) ;;
  esac
}

# The names that begin with what is typed, a few hundred at most.
_breakerctl_names() {
  local typed=${cur#[\"\']}
  [[ $typed == *[!A-Za-z0-9._:/@-]* ]] && return
  _breakerctl_offer $(_breakerctl_ask list --limit 300 "$typed*" | {
    local name
    read -r _
    while read -r name; do echo "$name"; done
  })
}

# A key, and then its value, where there are few.
_breakerctl_setting() {
  local key=${cur%%=*}
  if [[ $cur != *=* ]]; then
    compopt -o nospace
    _breakerctl_offer "${_breakerctl_keys[@]/%/=}"
    return
  fi
  case $key in
    recovery) _breakerctl_offer "$key="{traffic,manual,check,off} ;;
    *trip_on_success | check.latch) _breakerctl_offer "$key="{true,false,off} ;;
    *trip.window) _breakerctl_offer "$key="{none,off} ;;
    *) _breakerctl_offer "$key=off" ;;
  esac
}

# The keys that the breaker has set; where the daemon does not say, all of them.
_breakerctl_set_keys() {
  local key facts
  local -a keys=()
  if facts=$(_breakerctl_ask show "${arguments[0]}" | while read -r key; do echo "$key"; done) && [[ -n $facts ]]; then
    for key in $facts; do
      [[ $key == set.* ]] && keys+=("${key#set.}")
    done
  else
    keys=("${_breakerctl_keys[@]}")
  fi
  _breakerctl_offer "${keys[@]}"
}

# The first word of each line of what the daemon answers. A long list can take longer than a wait for each page of it:
# half a second in all, where there is timeout(1).
_breakerctl_ask() {
  local program=${words[0]/#\~\//$HOME/} path=${socket/#\~\//$HOME/} first
  local -a run=(command)
  type -P "$program" >/dev/null || program=breakerctl
  type -P timeout >/dev/null && run=(timeout 0.5)
  path=${path#[\"\']}
  path=${path%[\"\']}
  NO_COLOR=1 "${run[@]}" "$program" ${path:+--socket "$path"} "$@" --timeout 200ms 2>/dev/null </dev/null |
    while read -r first _; do echo "$first"; done
}

# Another command and its arguments, from word $1 of COMP_WORDS on.
_breakerctl_other_command() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif ((COMP_CWORD == $1)); then
    _breakerctl_offer $(compgen -c -- "$cur")
  else
    _breakerctl_files
  fi
}

_breakerctl_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -f -- "${cur#[\"\']}")
}

# Offers those of the words given that begin with what is typed. Of a word that bash has cut, at `:` and `=`, it wants
# what is behind the last cut.
_breakerctl_offer() {
  local typed=${cur#[\"\']} breaks=${COMP_WORDBREAKS//[^:=@]/} cut='' word
  [[ -n $breaks && $typed == *["$breaks"]* ]] && cut=${typed%"${typed##*["$breaks"]}"}
  for word; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("${word#"$cut"}")
  done
}

# The command line up to the cursor, in $words, where words that bash has cut are whole. The last is $cur; $raw says
# where each begins in COMP_WORDS.
_breakerctl_words() {
  local i part rest=${COMP_LINE:0:COMP_POINT}
  words=() raw=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=('')
      raw+=("$i")
    fi
    part=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && part=$rest
    words[${#words[@]} - 1]+=$part
    rest=${rest#"$part"}
  done
  cur=${words[${#words[@]} - 1]}
}

complete -F _breakerctl breakerctl
