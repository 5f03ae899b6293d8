# Types $1 and a Tab into an interactive zsh, as at a terminal; completion-matches.zsh says what it offers.
[[ -n $ZSH_ROOT ]] && module_path=($ZSH_ROOT/usr/lib/*/zsh/*(N))
zmodload zsh/zpty
zpty shell $ZSH_PROGRAM -f -i
zpty -w shell "source $SETUP"
zpty -w -n shell "$1"$'\t'$'\x18'
while zpty -r shell output; do :; done
