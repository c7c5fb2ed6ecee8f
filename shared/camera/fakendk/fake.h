// libcamera2ndk and libmediandk without a phone, both in one library, for the tests of cam.c: its functions
// are declared from the list that cam.c looks them up by.
//
// Two cameras: the back one gives NV12 in padded rows, turned by 90 degrees, with a torch and continuous
// focus; the front one gives three planes, turned by 270, with odd sizes and neither. What the real
// libraries punish ends the process here too: an image that outlives its reader, a reader or a manager
// that goes while a camera still uses it, a session that its device does not outlive, two cameras at once.
//
// FAKE_NDK says what goes wrong: none, denied, disabled, taken, dumb (no frame ever), gone (disconnects
// after five frames), stolen and broken (an error after five frames), torn (planes shorter than their
// strides say), nosession, noyuv.
#ifndef REALNAME_FAKENDK_H
#define REALNAME_FAKENDK_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../ndk.h"

#define DECLARE(result, name, arguments) result name arguments;
NDK_CAMERA(DECLARE)
NDK_MEDIA(DECLARE)
#undef DECLARE

// RULE ends the process when it is broken.
#define RULE(broken, what)                                          \
	do {                                                            \
		if (broken) {                                               \
			fprintf(stderr, "fake NDK: %s: %s\n", __func__, what); \
			abort();                                                \
		}                                                           \
	} while (0)

// fake_script reports whether FAKE_NDK says this.
int fake_script(const char *name);

struct AImageReader {
	pthread_mutex_t lock;
	int32_t width, height, limit;
	int held;    // images that were acquired and not deleted
	int writers; // sessions that write here
	int frames;
	AImage *queue; // newest first
	AImageReader_ImageListener listener;
};

// fake_deliver puts a frame into the reader's queue, which drops the oldest when it is full, and tells the
// listener outside the lock, as the real library does: a call may come after the listener was cleared.
// The planes lie apart, or U and V alternate.
void fake_deliver(AImageReader *reader, int apart);

#endif
