# A project of its own, built by tests/scenario/t01_* against the installed weir.
EXTRA_DIST += tests/third_party/sum/Makefile tests/third_party/sum/README.md tests/third_party/sum/sum.c \
	tests/third_party/sum/sum.conf
