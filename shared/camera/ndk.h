// The part of Android's NDK that the camera uses, declared here and found by dlsym: Fyne compiles for
// Android 5 (API 21), where the NDK's own headers hide these functions. Names, layouts and numbers
// are those of NdkCamera*.h, NdkImage.h and NdkImageReader.h (API 24). The fake libraries of the tests
// define the same functions, so that a compiler checks both against one list.
#ifndef REALNAME_NDK_H
#define REALNAME_NDK_H

#include <stdint.h>

typedef struct ACameraManager ACameraManager;
typedef struct ACameraMetadata ACameraMetadata;
typedef struct ACameraDevice ACameraDevice;
typedef struct ACaptureRequest ACaptureRequest;
typedef struct ACameraOutputTarget ACameraOutputTarget;
typedef struct ACaptureSessionOutput ACaptureSessionOutput;
typedef struct ACaptureSessionOutputContainer ACaptureSessionOutputContainer;
typedef struct ACameraCaptureSession ACameraCaptureSession;
typedef struct ANativeWindow ANativeWindow;
typedef struct AImageReader AImageReader;
typedef struct AImage AImage;

typedef struct {
	int numCameras;
	const char **cameraIds;
} ACameraIdList;

typedef struct {
	uint32_t tag;
	uint8_t type;
	uint32_t count;
	union {
		const uint8_t *u8;
		const int32_t *i32;
		const int64_t *i64;
	} data;
} ACameraMetadata_const_entry;

typedef struct {
	void *context;
	void (*onDisconnected)(void *context, ACameraDevice *device);
	void (*onError)(void *context, ACameraDevice *device, int error);
} ACameraDevice_StateCallbacks;

typedef struct {
	void *context;
	void (*onClosed)(void *context, ACameraCaptureSession *session);
	void (*onReady)(void *context, ACameraCaptureSession *session);
	void (*onActive)(void *context, ACameraCaptureSession *session);
} ACameraCaptureSession_stateCallbacks;

typedef struct {
	void *context;
	void (*onImageAvailable)(void *context, AImageReader *reader);
} AImageReader_ImageListener;

// camera_status_t
enum {
	ACAMERA_OK = 0,
	ACAMERA_ERROR_INVALID_PARAMETER = -10001,
	ACAMERA_ERROR_CAMERA_DISCONNECTED = -10002,
	ACAMERA_ERROR_METADATA_NOT_FOUND = -10004,
	ACAMERA_ERROR_CAMERA_DEVICE = -10005,
	ACAMERA_ERROR_CAMERA_SERVICE = -10006,
	ACAMERA_ERROR_SESSION_CLOSED = -10007,
	ACAMERA_ERROR_STREAM_CONFIGURE_FAIL = -10009,
	ACAMERA_ERROR_CAMERA_IN_USE = -10010,
	ACAMERA_ERROR_MAX_CAMERA_IN_USE = -10011,
	ACAMERA_ERROR_CAMERA_DISABLED = -10012,
	ACAMERA_ERROR_PERMISSION_DENIED = -10013,
};

// The errors that ACameraDevice_StateCallbacks.onError is told.
enum {
	ERROR_CAMERA_IN_USE = 1,
	ERROR_MAX_CAMERAS_IN_USE = 2,
	ERROR_CAMERA_DISABLED = 3,
	ERROR_CAMERA_DEVICE = 4,
	ERROR_CAMERA_SERVICE = 5,
};

// media_status_t
enum {
	AMEDIA_OK = 0,
	AMEDIA_IMGREADER_NO_BUFFER_AVAILABLE = -30001,
	AMEDIA_IMGREADER_MAX_IMAGES_ACQUIRED = -30002,
};

// Metadata tags (section << 16, plus the place in it) and their values.
enum {
	ACAMERA_CONTROL_AF_MODE = (1 << 16) + 7,
	ACAMERA_CONTROL_AF_AVAILABLE_MODES = (1 << 16) + 23,
	ACAMERA_FLASH_MODE = (4 << 16) + 2,
	ACAMERA_FLASH_INFO_AVAILABLE = 5 << 16,
	ACAMERA_LENS_FACING = (8 << 16) + 5,
	ACAMERA_SCALER_AVAILABLE_STREAM_CONFIGURATIONS = (13 << 16) + 10,
	ACAMERA_SENSOR_ORIENTATION = (14 << 16) + 14,

	ACAMERA_CONTROL_AF_MODE_CONTINUOUS_VIDEO = 3,
	ACAMERA_CONTROL_AF_MODE_CONTINUOUS_PICTURE = 4,
	ACAMERA_FLASH_MODE_OFF = 0,
	ACAMERA_FLASH_MODE_TORCH = 2,
	ACAMERA_LENS_FACING_FRONT = 0,
	ACAMERA_LENS_FACING_BACK = 1,
	TEMPLATE_PREVIEW = 1,
	AIMAGE_FORMAT_YUV_420_888 = 0x23,
};

// NDK_CAMERA lists the functions of libcamera2ndk.so as X(result, name, arguments).
#define NDK_CAMERA(X)                                                                                  \
	X(ACameraManager *, ACameraManager_create, (void))                                                 \
	X(void, ACameraManager_delete, (ACameraManager * manager))                                         \
	X(int, ACameraManager_getCameraIdList, (ACameraManager * manager, ACameraIdList **list))           \
	X(void, ACameraManager_deleteCameraIdList, (ACameraIdList * list))                                 \
	X(int, ACameraManager_getCameraCharacteristics,                                                    \
	  (ACameraManager * manager, const char *id, ACameraMetadata **facts))                             \
	X(void, ACameraMetadata_free, (ACameraMetadata * facts))                                           \
	X(int, ACameraMetadata_getConstEntry,                                                              \
	  (const ACameraMetadata *facts, uint32_t tag, ACameraMetadata_const_entry *entry))                \
	X(int, ACameraManager_openCamera,                                                                  \
	  (ACameraManager * manager, const char *id, ACameraDevice_StateCallbacks *callbacks,              \
	   ACameraDevice **device))                                                                        \
	X(int, ACameraDevice_close, (ACameraDevice * device))                                              \
	X(int, ACameraDevice_createCaptureRequest,                                                         \
	  (const ACameraDevice *device, int template, ACaptureRequest **request))                          \
	X(void, ACaptureRequest_free, (ACaptureRequest * request))                                         \
	X(int, ACaptureRequest_addTarget, (ACaptureRequest * request, const ACameraOutputTarget *target))  \
	X(int, ACaptureRequest_setEntry_u8,                                                                \
	  (ACaptureRequest * request, uint32_t tag, uint32_t count, const uint8_t *data))                  \
	X(int, ACameraOutputTarget_create, (ANativeWindow * window, ACameraOutputTarget **target))         \
	X(void, ACameraOutputTarget_free, (ACameraOutputTarget * target))                                  \
	X(int, ACaptureSessionOutput_create, (ANativeWindow * window, ACaptureSessionOutput **output))     \
	X(void, ACaptureSessionOutput_free, (ACaptureSessionOutput * output))                              \
	X(int, ACaptureSessionOutputContainer_create, (ACaptureSessionOutputContainer * *outputs))         \
	X(void, ACaptureSessionOutputContainer_free, (ACaptureSessionOutputContainer * outputs))           \
	X(int, ACaptureSessionOutputContainer_add,                                                         \
	  (ACaptureSessionOutputContainer * outputs, const ACaptureSessionOutput *output))                 \
	X(int, ACameraDevice_createCaptureSession,                                                         \
	  (ACameraDevice * device, const ACaptureSessionOutputContainer *outputs,                          \
	   const ACameraCaptureSession_stateCallbacks *callbacks, ACameraCaptureSession **session))        \
	X(int, ACameraCaptureSession_setRepeatingRequest,                                                  \
	  (ACameraCaptureSession * session, void *callbacks, int count, ACaptureRequest **requests,        \
	   int *sequence))                                                                                 \
	X(int, ACameraCaptureSession_stopRepeating, (ACameraCaptureSession * session))                     \
	X(void, ACameraCaptureSession_close, (ACameraCaptureSession * session))

// NDK_MEDIA lists the functions of libmediandk.so.
#define NDK_MEDIA(X)                                                                                   \
	X(int, AImageReader_new,                                                                           \
	  (int32_t width, int32_t height, int32_t format, int32_t images, AImageReader **reader))          \
	X(void, AImageReader_delete, (AImageReader * reader))                                              \
	X(int, AImageReader_getWindow, (AImageReader * reader, ANativeWindow **window))                    \
	X(int, AImageReader_setImageListener, (AImageReader * reader, AImageReader_ImageListener *listener)) \
	X(int, AImageReader_acquireLatestImage, (AImageReader * reader, AImage **image))                   \
	X(void, AImage_delete, (AImage * image))                                                           \
	X(int, AImage_getWidth, (const AImage *image, int32_t *width))                                     \
	X(int, AImage_getHeight, (const AImage *image, int32_t *height))                                   \
	X(int, AImage_getTimestamp, (const AImage *image, int64_t *nanoseconds))                           \
	X(int, AImage_getPlaneRowStride, (const AImage *image, int plane, int32_t *stride))                \
	X(int, AImage_getPlanePixelStride, (const AImage *image, int plane, int32_t *stride))              \
	X(int, AImage_getPlaneData, (const AImage *image, int plane, uint8_t **data, int *length))

#endif
