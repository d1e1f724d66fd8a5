#include <stdio.h>

int main(void)
{
	fputs("weir\n", stderr);
	return 2;
}
