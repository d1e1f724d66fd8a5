# Sourced first, before scenario.sh: the scenario runs in a network namespace of its own, where nftables can drop what
# it likes and nobody else is reached. The shared broker is not there. Where the kernel refuses it: skipped.
if [ -z "${WEIR_OWN_NETWORK:-}" ]; then
	for program in nft ip unshare; do
		command -v $program >/dev/null || { echo "skipped: $program is not installed: ./bootstrap deps"; exit 77; }
	done
	unshare -rn nft list ruleset >/dev/null 2>&1 ||
		{ echo "skipped: this machine allows no network namespace with nftables"; exit 77; }
	WEIR_OWN_NETWORK=1 exec unshare -rn bash "$0"
fi
ip link set lo up
nft -f - <<-'RULES'
	table inet fault {
		chain out {
			type filter hook output priority 0
		}
	}
RULES

# network up|down|both VERDICT: what goes to the broker's listener for weir, comes from it, or either, is dropped or
# rejected ("reject with tcp reset"). network well: nothing is.
network()
{
	local port=${bootstrap#*:}
	nft flush chain inet fault out
	case $1 in up | both) nft add rule inet fault out tcp dport "$port" "${@:2}" ;; esac
	case $1 in down | both) nft add rule inet fault out tcp sport "$port" "${@:2}" ;; esac
}
