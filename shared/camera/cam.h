// One camera of a phone, through the NDK's Camera2. A camera belongs to one thread at a time; the
// library's own threads only raise signals.
#ifndef REALNAME_CAM_H
#define REALNAME_CAM_H

#include <stdint.h>

// What a call came to.
enum {
	CAM_OK = 0,
	CAM_WAIT = 1,         // no new frame yet
	CAM_NONE = -1,        // no camera that gives such pictures
	CAM_DENIED = -2,      // the system does not let the app
	CAM_BUSY = -3,        // another program has it
	CAM_GONE = -4,        // disconnected, or broken
	CAM_OLD = -5,         // the system has no NDK camera (before Android 7)
	CAM_UNSUPPORTED = -6, // the camera cannot do that
};

struct cam;

// cam_facts are what stays the same while a camera is open. Rotation is the sensor's: how many degrees
// a picture is to be turned clockwise on a phone that is held as it is made for.
struct cam_facts {
	int32_t width, height;
	int32_t rotation;
	int32_t front;
	int32_t light; // 1 where there is a torch
};

// cam_load finds the two libraries and their functions. Call it once, before all else.
int cam_load(const char *camera_library, const char *media_library);

// cam_open starts the camera that faces front or back, or any other where there is none such, with the
// size nearest to width × height that it has. On CAM_OK *out must be closed.
int cam_open(int front, int32_t width, int32_t height, struct cam **out, struct cam_facts *facts);

// cam_next waits at most so many milliseconds for a frame that it has not given yet, and writes the
// newest as tight I420: width × height bytes of luma, and half of both, rounded up, twice. Older frames
// are lost. taken is in nanoseconds of a clock that goes steadily.
int cam_next(struct cam *cam, int milliseconds, uint8_t *y, uint8_t *u, uint8_t *v, int64_t *taken);

// cam_torch switches the light.
int cam_torch(struct cam *cam, int on);

// cam_close ends the camera and frees it.
void cam_close(struct cam *cam);

#endif
