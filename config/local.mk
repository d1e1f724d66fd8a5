examplesdir = $(docdir)/examples
dist_examples_DATA = config/ip-count.conf config/ip-count-file.conf
