/* Go asks bcryptprimitives.dll for ProcessPrng, which Windows has since 7 and Debian's Wine has
 * not. check-windows puts this one into its Wine; it is no part of a package. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
	return RtlGenRandom(data, length);
}
