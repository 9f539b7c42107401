# Prints what the completion script $1 offers for the words that follow it.
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_duende
for word in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do
  printf '%s\n' "$word"
done
