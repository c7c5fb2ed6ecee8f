// libcamera2ndk without a phone: cameras, and the sessions that film with them. See fake.h.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"

int fake_script(const char *name) {
	const char *now = getenv("FAKE_NDK");
	return now != NULL && strcmp(now, name) == 0;
}

// --- cameras and their characteristics -------------------------------------------------------------

struct ACameraManager {
	int devices;
};

struct ACameraMetadata {
	int front;
	int32_t orientation;
	uint8_t facing, flash, modes[3];
	int32_t streams[5 * 4];
	uint32_t stream_count;
};

static const int32_t back_sizes[][2] = {{1280, 720}, {640, 480}, {176, 144}};
static const int32_t front_sizes[][2] = {{639, 479}, {321, 243}, {1920, 1080}};

ACameraManager *ACameraManager_create(void) { return calloc(1, sizeof(ACameraManager)); }

void ACameraManager_delete(ACameraManager *manager) {
	RULE(manager->devices != 0, "a camera is still open");
	free(manager);
}

int ACameraManager_getCameraIdList(ACameraManager *manager, ACameraIdList **list) {
	(void)manager;
	*list = calloc(1, sizeof **list);
	(*list)->numCameras = fake_script("none") ? 0 : 2;
	(*list)->cameraIds = calloc(2, sizeof(char *));
	for (int i = 0; i < (*list)->numCameras; i++) {
		(*list)->cameraIds[i] = strdup(i == 0 ? "back" : "front");
	}
	return ACAMERA_OK;
}

void ACameraManager_deleteCameraIdList(ACameraIdList *list) {
	for (int i = 0; i < list->numCameras; i++) {
		free((char *)list->cameraIds[i]);
	}
	free(list->cameraIds);
	free(list);
}

int ACameraManager_getCameraCharacteristics(ACameraManager *manager, const char *id, ACameraMetadata **facts) {
	(void)manager;
	ACameraMetadata *m = calloc(1, sizeof *m);
	m->front = strcmp(id, "front") == 0;
	m->facing = m->front ? ACAMERA_LENS_FACING_FRONT : ACAMERA_LENS_FACING_BACK;
	m->orientation = m->front ? 270 : 90;
	m->flash = !m->front;
	m->modes[0] = 1; // when told
	m->modes[1] = ACAMERA_CONTROL_AF_MODE_CONTINUOUS_VIDEO;
	m->modes[2] = ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE;
	const int32_t(*sizes)[2] = m->front ? front_sizes : back_sizes;
	const int32_t jpeg = 0x100;
	int32_t first[4] = {jpeg, 333, 77, 0}; // a size that only still pictures have
	int32_t second[4] = {AIMAGE_FORMAT_YUV_420_888, 334, 78, 1}; // one that only goes in
	memcpy(m->streams, first, sizeof first);
	memcpy(m->streams + 4, second, sizeof second);
	m->stream_count = 8;
	for (int i = 0; i < 3 && !fake_script("noyuv"); i++) {
		int32_t one[4] = {AIMAGE_FORMAT_YUV_420_888, sizes[i][0], sizes[i][1], 0};
		memcpy(m->streams + m->stream_count, one, sizeof one);
		m->stream_count += 4;
	}
	*facts = m;
	return ACAMERA_OK;
}

void ACameraMetadata_free(ACameraMetadata *facts) { free(facts); }

int ACameraMetadata_getConstEntry(const ACameraMetadata *m, uint32_t tag, ACameraMetadata_const_entry *e) {
	memset(e, 0, sizeof *e);
	e->tag = tag;
	e->count = 1;
	switch (tag) {
	case ACAMERA_LENS_FACING:
		e->data.u8 = &m->facing;
		return ACAMERA_OK;
	case ACAMERA_FLASH_INFO_AVAILABLE:
		e->data.u8 = &m->flash;
		return ACAMERA_OK;
	case ACAMERA_SENSOR_ORIENTATION:
		e->type = 1;
		e->data.i32 = &m->orientation;
		return ACAMERA_OK;
	case ACAMERA_CONTROL_AF_AVAILABLE_MODES:
		e->data.u8 = m->modes;
		e->count = m->front ? 1 : 3;
		return ACAMERA_OK;
	case ACAMERA_SCALER_AVAILABLE_STREAM_CONFIGURATIONS:
		e->type = 1;
		e->data.i32 = m->streams;
		e->count = m->stream_count;
		return ACAMERA_OK;
	}
	return ACAMERA_ERROR_METADATA_NOT_FOUND;
}

// --- devices, requests and sessions ----------------------------------------------------------------

struct ACameraDevice {
	ACameraManager *manager;
	int front;
	int sessions;
	ACameraDevice_StateCallbacks callbacks;
};

struct ACaptureRequest {
	const ACameraOutputTarget *target;
	int users; // sessions that repeat it
	uint8_t focus, flash;
};

struct ACameraOutputTarget {
	AImageReader *reader;
};

struct ACaptureSessionOutput {
	AImageReader *reader;
};

struct ACaptureSessionOutputContainer {
	AImageReader *reader;
	int sessions;
};

struct ACameraCaptureSession {
	ACameraDevice *device;
	ACaptureSessionOutputContainer *outputs;
	ACaptureRequest *request;
	AImageReader *reader;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running, stop;
};

static int open_cameras; // a phone of one camera at a time

int ACameraManager_openCamera(ACameraManager *manager, const char *id, ACameraDevice_StateCallbacks *callbacks, ACameraDevice **device) {
	if (fake_script("denied")) {
		return ACAMERA_ERROR_PERMISSION_DENIED;
	}
	if (fake_script("disabled")) {
		return ACAMERA_ERROR_CAMERA_DISABLED;
	}
	if (fake_script("taken")) {
		return ACAMERA_ERROR_CAMERA_IN_USE;
	}
	RULE(__atomic_add_fetch(&open_cameras, 1, __ATOMIC_SEQ_CST) != 1, "the camera before is still open");
	ACameraDevice *d = calloc(1, sizeof *d);
	d->manager = manager;
	d->front = strcmp(id, "front") == 0;
	d->callbacks = *callbacks;
	manager->devices++;
	*device = d;
	return ACAMERA_OK;
}

int ACameraDevice_close(ACameraDevice *device) {
	RULE(device->sessions != 0, "its session is not closed");
	device->manager->devices--;
	__atomic_sub_fetch(&open_cameras, 1, __ATOMIC_SEQ_CST);
	free(device);
	return ACAMERA_OK;
}

int ACameraDevice_createCaptureRequest(const ACameraDevice *device, int template, ACaptureRequest **request) {
	(void)device;
	RULE(template != TEMPLATE_PREVIEW, "no preview");
	*request = calloc(1, sizeof **request);
	return ACAMERA_OK;
}

void ACaptureRequest_free(ACaptureRequest *request) {
	RULE(request->users != 0, "a session still repeats it");
	free(request);
}

int ACaptureRequest_addTarget(ACaptureRequest *request, const ACameraOutputTarget *target) {
	request->target = target;
	return ACAMERA_OK;
}

int ACaptureRequest_setEntry_u8(ACaptureRequest *request, uint32_t tag, uint32_t count, const uint8_t *data) {
	if (count != 1) {
		return ACAMERA_ERROR_INVALID_PARAMETER;
	}
	if (tag == ACAMERA_CONTROL_AF_MODE) {
		request->focus = data[0];
	}
	if (tag == ACAMERA_FLASH_MODE) {
		request->flash = data[0];
	}
	return ACAMERA_OK;
}

int ACameraOutputTarget_create(ANativeWindow *window, ACameraOutputTarget **target) {
	*target = calloc(1, sizeof **target);
	(*target)->reader = (AImageReader *)window;
	return ACAMERA_OK;
}

void ACameraOutputTarget_free(ACameraOutputTarget *target) { free(target); }

int ACaptureSessionOutput_create(ANativeWindow *window, ACaptureSessionOutput **output) {
	*output = calloc(1, sizeof **output);
	(*output)->reader = (AImageReader *)window;
	return ACAMERA_OK;
}

void ACaptureSessionOutput_free(ACaptureSessionOutput *output) { free(output); }

int ACaptureSessionOutputContainer_create(ACaptureSessionOutputContainer **outputs) {
	*outputs = calloc(1, sizeof **outputs);
	return ACAMERA_OK;
}

void ACaptureSessionOutputContainer_free(ACaptureSessionOutputContainer *outputs) {
	RULE(outputs->sessions != 0, "a session still has it");
	free(outputs);
}

int ACaptureSessionOutputContainer_add(ACaptureSessionOutputContainer *outputs, const ACaptureSessionOutput *output) {
	outputs->reader = output->reader;
	return ACAMERA_OK;
}

int ACameraDevice_createCaptureSession(ACameraDevice *device, const ACaptureSessionOutputContainer *outputs, const ACameraCaptureSession_stateCallbacks *callbacks, ACameraCaptureSession **session) {
	RULE(callbacks == NULL || callbacks->onClosed == NULL, "nobody to tell");
	int known = 0;
	for (int i = 0; i < 3; i++) {
		const int32_t *size = device->front ? front_sizes[i] : back_sizes[i];
		known |= size[0] == outputs->reader->width && size[1] == outputs->reader->height;
	}
	if (!known || fake_script("nosession")) {
		return ACAMERA_ERROR_STREAM_CONFIGURE_FAIL;
	}
	ACameraCaptureSession *s = calloc(1, sizeof *s);
	s->device = device;
	s->outputs = (ACaptureSessionOutputContainer *)outputs;
	s->reader = outputs->reader;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &steady);
	pthread_condattr_destroy(&steady);
	device->sessions++;
	s->outputs->sessions++;
	pthread_mutex_lock(&s->reader->lock);
	s->reader->writers++;
	pthread_mutex_unlock(&s->reader->lock);
	*session = s;
	return ACAMERA_OK;
}

// stopped waits for the time between two frames and reports whether the session was stopped meanwhile.
static int stopped(ACameraCaptureSession *s) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 500000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	int waited = 0;
	while (!s->stop && waited == 0) {
		waited = pthread_cond_timedwait(&s->changed, &s->lock, &until);
	}
	int stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static void *film(void *session) {
	ACameraCaptureSession *s = session;
	ACameraDevice_StateCallbacks *tell = &s->device->callbacks;
	for (int n = 1; !fake_script("dumb"); n++) {
		fake_deliver(s->reader, s->device->front);
		if (n == 5 && fake_script("gone")) {
			tell->onDisconnected(tell->context, s->device);
			break;
		}
		if (n == 5 && (fake_script("stolen") || fake_script("broken"))) {
			tell->onError(tell->context, s->device, fake_script("stolen") ? ERROR_CAMERA_IN_USE : ERROR_CAMERA_DEVICE);
			break;
		}
		if (stopped(s)) {
			break;
		}
	}
	return NULL;
}

int ACameraCaptureSession_setRepeatingRequest(ACameraCaptureSession *session, void *callbacks, int count, ACaptureRequest **requests, int *sequence) {
	(void)callbacks;
	(void)sequence;
	RULE(count != 1 || requests[0]->target == NULL || requests[0]->target->reader != session->reader, "no target");
	RULE(!session->device->front && requests[0]->focus != ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE, "no continuous focus");
	RULE(session->device->front && requests[0]->flash != ACAMERA_FLASH_MODE_OFF, "a light that is not there");
	if (session->request == NULL) {
		session->request = requests[0];
		session->request->users++;
	}
	if (!session->running) {
		session->running = 1;
		RULE(pthread_create(&session->thread, NULL, film, session) != 0, "no thread");
	}
	return ACAMERA_OK;
}

int ACameraCaptureSession_stopRepeating(ACameraCaptureSession *session) {
	pthread_mutex_lock(&session->lock);
	session->stop = 1;
	pthread_cond_signal(&session->changed);
	pthread_mutex_unlock(&session->lock);
	return ACAMERA_OK;
}

void ACameraCaptureSession_close(ACameraCaptureSession *session) {
	RULE(session->running && !session->stop, "it still repeats");
	if (session->running) {
		pthread_join(session->thread, NULL);
	}
	if (session->request != NULL) {
		session->request->users--;
	}
	session->outputs->sessions--;
	session->device->sessions--;
	pthread_mutex_lock(&session->reader->lock);
	session->reader->writers--;
	pthread_mutex_unlock(&session->reader->lock);
	pthread_cond_destroy(&session->changed);
	pthread_mutex_destroy(&session->lock);
	free(session);
}
