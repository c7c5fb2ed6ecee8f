// What the files of cam.h share: the functions of both libraries, once they are found, and the look at a
// camera before it is opened.
#ifndef REALNAME_CAM_NDK_H
#define REALNAME_CAM_NDK_H

#include "cam.h"
#include "ndk.h"

struct ndk_functions {
#define FIELD(result, name, arguments) result(*name) arguments;
	NDK_CAMERA(FIELD)
	NDK_MEDIA(FIELD)
#undef FIELD
};

extern struct ndk_functions ndk; // filled by cam_load

// cam_look fills facts for one camera, with the size nearest to width × height, and focus with its mode of
// focusing by itself, or -1. It reports whether the camera faces that way: 2 yes, 1 no, 0 for a camera
// without usable pictures (a depth sensor).
int cam_look(ACameraManager *manager, const char *id, int front, int32_t width, int32_t height,
			 struct cam_facts *facts, int *focus);

#endif
