# Sourced behind scenario.sh: a daemon of the scenario's own, its folder pipelines.d, and the verbs to ask it.

mkdir pipelines.d

# serve [ARGUMENT...]: `weir serve` in the background; it answers when this returns.
serve()
{
	n_started=$((n_started + 1))
	log=$dir/weir.$n_started.log
	env "${weir_environment[@]}" "$weir_program" serve --directory pipelines.d --socket control.sock "$@" >"$log" 2>&1 &
	weir=$!
	started+=("$weir")
	until_true 20 answers || fail "the daemon does not answer"
}
answers()
{
	grep -q 'was read: ' "$log" && ask status >/dev/null 2>&1
}

# ask COMMAND [ARGUMENT...]: `weir status`, `weir stop NAME`, ...
ask()
{
	"$weir_program" "$1" --socket control.sock "${@:2}"
}

# state NAME: "RUNNING", ...; nothing where there is none of that name.
state()
{
	ask status "$1" 2>/dev/null | awk -v name="$1" '$1 == name {print $2}'
}

# figure NAME FIELD: a number or text of `weir status --json NAME`.
figure()
{
	ask status --json "$1" | sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" | head -n 1
}

is_in_state()
{
	[ "$(state "$1")" = "$2" ]
}
# wait_for_state NAME STATE [SECONDS]
wait_for_state()
{
	until_true "${3:-20}" is_in_state "$1" "$2" || fail "'$1' is $(state "$1"), waited for $2"
}

# copy_pipeline NAME [SETTING...]: NAME.conf copies the lines of NAME.in to parts in NAME.out; the settings are the pipeline's.
copy_pipeline()
{
	touch "$1.in"
	cat >"pipelines.d/$1.conf" <<-EOF
		pipeline = {
		  name = "$1"; ${*:2}
		  checkpoint = { interval = "200ms"; directory = "$dir/$1.checkpoints"; };
		  restart = { attempts = 2; delay = "200ms"; };
		};
		source = { plugin = "file"; path = "$dir/$1.in"; };
		sink = { plugin = "file"; directory = "$dir/$1.out"; };
	EOF
}

has_copied()
{
	cat "$1".out/*.txt 2>/dev/null | LC_ALL=C sort | cmp -s - <(LC_ALL=C sort "$1.in")
}
# wait_for_copy NAME [SECONDS]: every line is there, once.
wait_for_copy()
{
	until_true "${2:-20}" has_copied "$1" || fail "the parts of '$1' do not have the lines of $1.in"
}
