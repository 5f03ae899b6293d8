# Sourced by an interactive zsh: every match that its completion finds is written to $MATCHES, then the line.
PS1=''
if [[ -n $ZSH_ROOT ]]; then
  module_path=($ZSH_ROOT/usr/lib/*/zsh/*(N))
  fpath=($ZSH_ROOT/usr/share/zsh/functions/**/*(N/))
fi
setopt zle
autoload -Uz compinit
compinit -u -D
source $COMPLETION
compadd() {
  local -a hits
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    builtin compadd -A hits "$@"
    print -rl -- $hits >> $MATCHES
  fi
  builtin compadd "$@"
}
finish() { print -r -- "= $BUFFER" >> $MATCHES; exit 0 }
zle -N finish
bindkey '^I' complete-word
bindkey '^X' finish
