# Run by ./bootstrap package --check.
EXTRA_DIST += tests/package/check tests/package/fresh_system tests/package/boot \
	tests/package/services
