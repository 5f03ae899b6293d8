/**
 * The shell script that calls one function of a `dnsapi` script of acme.sh.
 *
 * acme.sh runs its first argument as a function when it is read in. Its scripts keep credentials in
 * configuration files, which are evaluated when they are read: here they neither write nor read any.
 *
 * @module
 */

/** Arguments: acme.sh, the script, the function, and the two arguments of the function. */
export const BRIDGE = `
umask 077
certctl_entry=$1 certctl_script=$2 certctl_function=$3 certctl_name=$4 certctl_value=$5
certctl_nothing() { :; }
set -- certctl_nothing
. "$certctl_entry" || exit 1
_save_conf() { :; }
_read_conf() { :; }
_clear_conf() { :; }
. "$certctl_script" || exit 1
"$certctl_function" "$certctl_name" "$certctl_value"
`;
