//go:build android || ndk

#include "cam_ndk.h"

#include <string.h>

static double ratio(int32_t a, int32_t b) { return a > b ? (double)a / b : (double)b / a; }

// nearest finds the size of YUV_420_888 pictures that is nearest to width × height, and reports whether
// the camera has any.
static int nearest(const ACameraMetadata *facts, int32_t width, int32_t height, struct cam_facts *out) {
	ACameraMetadata_const_entry e;
	double best = 0;
	if (ndk.ACameraMetadata_getConstEntry(facts, ACAMERA_SCALER_AVAILABLE_STREAM_CONFIGURATIONS, &e) != ACAMERA_OK) {
		return 0;
	}
	for (uint32_t i = 0; i + 3 < e.count; i += 4) { // format, width, height, is input
		const int32_t *c = e.data.i32 + i;
		if (c[0] != AIMAGE_FORMAT_YUV_420_888 || c[3] != 0 || c[1] < 1 || c[2] < 1) {
			continue;
		}
		double far = ratio(c[1], width) * ratio(c[2], height);
		if (best == 0 || far < best) {
			best = far;
			out->width = c[1];
			out->height = c[2];
		}
	}
	return best != 0;
}

// byte_of returns the first byte of an entry, or what to take where there is none.
static int byte_of(const ACameraMetadata *facts, uint32_t tag, int otherwise) {
	ACameraMetadata_const_entry e;
	if (ndk.ACameraMetadata_getConstEntry(facts, tag, &e) != ACAMERA_OK || e.count < 1) {
		return otherwise;
	}
	return e.data.u8[0];
}

// autofocus returns the best mode of focusing by itself, or -1 for a fixed lens.
static int autofocus(const ACameraMetadata *facts) {
	ACameraMetadata_const_entry e;
	int mode = -1;
	if (ndk.ACameraMetadata_getConstEntry(facts, ACAMERA_CONTROL_AF_AVAILABLE_MODES, &e) != ACAMERA_OK) {
		return mode;
	}
	for (uint32_t i = 0; i < e.count; i++) {
		if (e.data.u8[i] == ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE ||
			(e.data.u8[i] == ACAMERA_CONTROL_AF_MODE_CONTINUOUS_VIDEO && mode < 0)) {
			mode = e.data.u8[i];
		}
	}
	return mode;
}

int cam_look(ACameraManager *manager, const char *id, int front, int32_t width, int32_t height,
			 struct cam_facts *facts, int *focus) {
	ACameraMetadata *all = NULL;
	if (ndk.ACameraManager_getCameraCharacteristics(manager, id, &all) != ACAMERA_OK) {
		return 0;
	}
	memset(facts, 0, sizeof *facts);
	int fits = 0;
	if (nearest(all, width, height, facts)) {
		ACameraMetadata_const_entry e;
		if (ndk.ACameraMetadata_getConstEntry(all, ACAMERA_SENSOR_ORIENTATION, &e) == ACAMERA_OK && e.count > 0) {
			facts->rotation = e.data.i32[0];
		}
		int facing = byte_of(all, ACAMERA_LENS_FACING, ACAMERA_LENS_FACING_BACK);
		facts->front = facing == ACAMERA_LENS_FACING_FRONT;
		facts->light = byte_of(all, ACAMERA_FLASH_INFO_AVAILABLE, 0) == 1;
		*focus = autofocus(all);
		fits = facing == (front ? ACAMERA_LENS_FACING_FRONT : ACAMERA_LENS_FACING_BACK) ? 2 : 1;
	}
	ndk.ACameraMetadata_free(all);
	return fits;
}
