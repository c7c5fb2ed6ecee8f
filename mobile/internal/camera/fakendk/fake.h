// The functions of the fake libraries, declared from the list that cam.c looks them up by.
#ifndef REALNAME_FAKENDK_H
#define REALNAME_FAKENDK_H

#include "../ndk.h"

#define DECLARE(result, name, arguments) result name arguments;
NDK_CAMERA(DECLARE)
NDK_MEDIA(DECLARE)
#undef DECLARE

#endif
