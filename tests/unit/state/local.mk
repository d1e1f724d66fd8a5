# what this folder adds to make check
