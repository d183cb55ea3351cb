# Completion of breakerd for bash 4.2 or later. It needs nothing else.
# shellcheck disable=SC2046 # What is offered are words.

# Every key of a policy.
_breakerd_keys=(
  trip.{consecutive_failures,failures,failure_rate,slow_rate,slow_call,minimum_calls}
  trip.window trip.window.{time,buckets,calls} trip_on_success lump overdue concurrency.{limit,lease}
  open.{duration,backoff,max_duration,jitter,reset_after}
  half_open.{probes,successes,calls,failure_rate,lease,max_lease,max_wait}
  recovery check.{interval,attempts,latch,timeout,http,expect,tcp} ramp.{start,duration}
  shadow.trip.{consecutive_failures,failures,failure_rate,slow_rate,slow_call,minimum_calls}
  shadow.trip.window shadow.trip.window.{time,buckets,calls} shadow.{trip_on_success,lump} forget_after
)

_breakerd() {
  local words cur IFS=$' \t\n'
  _breakerd_words
  COMPREPLY=()

  # What was typed before the cursor: the command, how many arguments, and the option whose value is wanted, if one is.
  local command='' option='' count=0 i word
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ -n $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      _breakerd_takes_value "$word" && option=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      ((count++))
    fi
  done

  if [[ -n $option ]]; then
    _breakerd_value "$option"
  elif [[ $cur == --*=* && $COMP_WORDBREAKS == *=* ]]; then
    option=${cur%%=*}
    cur=${cur#*=}
    _breakerd_value "$option"
  elif [[ $cur == -* ]]; then
    _breakerd_offer $(_breakerd_options) --version --help
  else
    case $command:$count in
      :0) _breakerd_offer $(_breakerd_commands) ;;
      check:0 | simulate:0) _breakerd_files ;;
      help:0) _breakerd_offer $(_breakerd_commands) ;;
    esac
  fi
}

_breakerd_commands() {
  echo serve check policy simulate help
}

# The options of $command, which is serve if none is typed, besides those of all commands.
_breakerd_options() {
  case $command in
    '' | serve) echo --config --default --socket --admin-socket --state --board --log-level ;;
    check) echo --state ;;
    policy) echo --config --default ;;
    simulate) echo --config --default --name --set --json ;;
  esac
}

_breakerd_takes_value() {
  case $1 in
    -h | --help | --version | --json | - | *=*) return 1 ;;
    *) return 0 ;;
  esac
}

# The value of the option $1.
_breakerd_value() {
  case $1 in
    --config | --socket | --admin-socket | --state | --board) _breakerd_files ;;
    --log-level) _breakerd_offer trace debug info notice warning error critical ;;
    --default | --set) _breakerd_setting ;;
  esac
}

# A key, and then its value, where there are few.
_breakerd_setting() {
  local key=${cur%%=*}
  if [[ $cur != *=* ]]; then
    compopt -o nospace
    _breakerd_offer "${_breakerd_keys[@]/%/=}"
    return
  fi
  case $key in
    recovery) _breakerd_offer "$key="{traffic,manual,check,off} ;;
    *trip_on_success | check.latch) _breakerd_offer "$key="{true,false,off} ;;
    *trip.window) _breakerd_offer "$key="{none,off} ;;
    *) _breakerd_offer "$key=off" ;;
  esac
}

_breakerd_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -f -- "${cur#[\"\']}")
}

# Offers those of the words given that begin with what is typed. Of a word that bash has cut, at `:` and `=`, it wants
# what is behind the last cut.
_breakerd_offer() {
  local typed=${cur#[\"\']} breaks=${COMP_WORDBREAKS//[^:=@]/} cut='' word
  [[ -n $breaks && $typed == *["$breaks"]* ]] && cut=${typed%"${typed##*["$breaks"]}"}
  for word; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("${word#"$cut"}")
  done
}

# The command line up to the cursor, in $words, where words that bash has cut are whole. The last is $cur.
_breakerd_words() {
  local i part rest=${COMP_LINE:0:COMP_POINT}
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=('')
    fi
    part=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && part=$rest
    words[${#words[@]} - 1]+=$part
    rest=${rest#"$part"}
  done
  cur=${words[${#words[@]} - 1]}
}

complete -F _breakerd breakerd
