#include "jni_android.h"

#include <string.h>

// failed clears a pending exception and reports whether there was one.
static int failed(JNIEnv *env) {
	if (!(*env)->ExceptionCheck(env)) {
		return 0;
	}
	(*env)->ExceptionClear(env);
	return 1;
}

// begin opens a frame for a function's references, which closes it again with PopLocalFrame, so that none
// is left behind on a thread that lives on. It reports whether there was room.
static int begin(JNIEnv *env) {
	const jint room = 16;
	if ((*env)->PushLocalFrame(env, room) == 0) {
		return 1;
	}
	failed(env);
	return 0;
}

// method finds a method of an object, or returns NULL.
static jmethodID method(JNIEnv *env, jobject object, const char *name, const char *signature) {
	if (object == NULL) {
		return NULL;
	}
	jclass class = (*env)->GetObjectClass(env, object);
	jmethodID found = (*env)->GetMethodID(env, class, name, signature);
	return failed(env) ? NULL : found;
}

// object calls a method without arguments that returns an object, or returns NULL.
static jobject object(JNIEnv *env, jobject of, const char *name, const char *signature) {
	jmethodID m = method(env, of, name, signature);
	if (m == NULL) {
		return NULL;
	}
	jobject result = (*env)->CallObjectMethod(env, of, m);
	return failed(env) ? NULL : result;
}

static jstring text(JNIEnv *env, const char *s) {
	jstring result = (*env)->NewStringUTF(env, s);
	return failed(env) ? NULL : result;
}

// copy returns a Java string as C's, or NULL.
static char *copy(JNIEnv *env, jstring s) {
	if (s == NULL) {
		return NULL;
	}
	const char *chars = (*env)->GetStringUTFChars(env, s, NULL);
	if (chars == NULL) {
		failed(env);
		return NULL;
	}
	char *result = strdup(chars);
	(*env)->ReleaseStringUTFChars(env, s, chars);
	return result;
}

int activity_allowed(JNIEnv *env, jobject activity, const char *permission) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jmethodID check = method(env, activity, "checkSelfPermission", "(Ljava/lang/String;)I");
	jstring name = text(env, permission);
	if (check != NULL && name != NULL) {
		result = (*env)->CallIntMethod(env, activity, check, name) == 0; // PERMISSION_GRANTED
		result = !failed(env) && result;
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

int activity_ask(JNIEnv *env, jobject activity, const char *permission) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jmethodID ask = method(env, activity, "requestPermissions", "([Ljava/lang/String;I)V");
	jstring name = text(env, permission);
	jclass string = (*env)->FindClass(env, "java/lang/String");
	if (!failed(env) && ask != NULL && name != NULL) {
		jobjectArray names = (*env)->NewObjectArray(env, 1, string, name);
		if (!failed(env)) {
			const jint request = 0x51; // any number: the answer is found by looking
			(*env)->CallVoidMethod(env, activity, ask, names, request);
			result = !failed(env);
		}
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

int activity_refused(JNIEnv *env, jobject activity, const char *permission) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jmethodID rationale = method(env, activity, "shouldShowRequestPermissionRationale", "(Ljava/lang/String;)Z");
	jstring name = text(env, permission);
	if (rationale != NULL && name != NULL) {
		result = (*env)->CallBooleanMethod(env, activity, rationale, name) == JNI_TRUE;
		result = !failed(env) && result;
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

int activity_focused(JNIEnv *env, jobject activity) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jmethodID focus = method(env, activity, "hasWindowFocus", "()Z");
	if (focus != NULL) {
		result = (*env)->CallBooleanMethod(env, activity, focus) == JNI_TRUE;
		result = !failed(env) && result;
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

// details makes the intent that shows this app's page in the settings.
static jobject details(JNIEnv *env, jobject activity) {
	jstring package = object(env, activity, "getPackageName", "()Ljava/lang/String;");
	jstring scheme = text(env, "package");
	jstring action = text(env, "android.settings.APPLICATION_DETAILS_SETTINGS");
	jclass uri = (*env)->FindClass(env, "android/net/Uri");
	jclass intent = failed(env) ? NULL : (*env)->FindClass(env, "android/content/Intent");
	if (failed(env) || package == NULL || scheme == NULL || action == NULL || intent == NULL) {
		return NULL;
	}
	jmethodID parts = (*env)->GetStaticMethodID(env, uri, "fromParts",
		"(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;)Landroid/net/Uri;");
	jmethodID new = failed(env) ? NULL : (*env)->GetMethodID(env, intent, "<init>", "(Ljava/lang/String;Landroid/net/Uri;)V");
	if (failed(env) || parts == NULL || new == NULL) {
		return NULL;
	}
	jobject page = (*env)->CallStaticObjectMethod(env, uri, parts, scheme, package, NULL);
	if (failed(env)) {
		return NULL;
	}
	jobject result = (*env)->NewObject(env, intent, new, action, page);
	return failed(env) ? NULL : result;
}

int activity_settings(JNIEnv *env, jobject activity) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jobject intent = details(env, activity);
	jmethodID start = method(env, activity, "startActivity", "(Landroid/content/Intent;)V");
	if (intent != NULL && start != NULL) {
		(*env)->CallVoidMethod(env, activity, start, intent);
		result = !failed(env);
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

int activity_turn(JNIEnv *env, jobject activity) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jobject windows = object(env, activity, "getWindowManager", "()Landroid/view/WindowManager;");
	jobject display = object(env, windows, "getDefaultDisplay", "()Landroid/view/Display;");
	jmethodID rotation = method(env, display, "getRotation", "()I");
	if (rotation != NULL) {
		result = (*env)->CallIntMethod(env, display, rotation);
		result = failed(env) ? 0 : result;
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

int activity_text(JNIEnv *env, jobject activity) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	jobject resources = object(env, activity, "getResources", "()Landroid/content/res/Resources;");
	jobject configuration = object(env, resources, "getConfiguration", "()Landroid/content/res/Configuration;");
	if (configuration != NULL) {
		jfieldID scale = (*env)->GetFieldID(env, (*env)->GetObjectClass(env, configuration), "fontScale", "F");
		result = failed(env) ? 0 : (int)((*env)->GetFloatField(env, configuration, scale) * 100 + 0.5F);
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

// awake is the lock that holds the screen, of which a process needs one; NULL until it is first asked for.
static jobject awake;

// lock makes awake.
static jobject lock(JNIEnv *env, jobject activity) {
	jmethodID service = method(env, activity, "getSystemService", "(Ljava/lang/String;)Ljava/lang/Object;");
	jstring power = text(env, "power"), tag = text(env, "realname:screen");
	if (service == NULL || power == NULL || tag == NULL) {
		return NULL;
	}
	jobject manager = (*env)->CallObjectMethod(env, activity, service, power);
	jmethodID make = failed(env) ? NULL : method(env, manager, "newWakeLock", "(ILjava/lang/String;)Landroid/os/PowerManager$WakeLock;");
	if (make == NULL) {
		return NULL;
	}
	const jint bright = 10; // PowerManager.SCREEN_BRIGHT_WAKE_LOCK
	jobject made = (*env)->CallObjectMethod(env, manager, make, bright, tag);
	if (failed(env) || made == NULL) {
		return NULL;
	}
	jmethodID counted = method(env, made, "setReferenceCounted", "(Z)V");
	if (counted == NULL) {
		return NULL;
	}
	(*env)->CallVoidMethod(env, made, counted, JNI_FALSE);
	return failed(env) ? NULL : (*env)->NewGlobalRef(env, made);
}

int activity_awake(JNIEnv *env, jobject activity, int on) {
	if (!begin(env)) {
		return 0;
	}
	int result = 0;
	if (awake == NULL) {
		awake = lock(env, activity);
	}
	jmethodID change = on ? method(env, awake, "acquire", "(J)V") : method(env, awake, "release", "()V");
	if (change != NULL) {
		const jlong longest = 10 * 60 * 1000; // milliseconds
		if (on) {
			(*env)->CallVoidMethod(env, awake, change, longest);
		} else {
			(*env)->CallVoidMethod(env, awake, change);
		}
		result = !failed(env);
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

char *activity_link(JNIEnv *env, jobject activity) {
	if (!begin(env)) {
		return NULL;
	}
	jobject intent = object(env, activity, "getIntent", "()Landroid/content/Intent;");
	jmethodID flags = method(env, intent, "getFlags", "()I");
	// An app that comes back from the list of recent ones has its old intent again.
	const jint from_history = 0x00100000; // FLAG_ACTIVITY_LAUNCHED_FROM_HISTORY
	int old = flags == NULL || ((*env)->CallIntMethod(env, intent, flags) & from_history) != 0;
	old |= failed(env);
	char *result = old ? NULL : copy(env, object(env, intent, "getDataString", "()Ljava/lang/String;"));
	(*env)->PopLocalFrame(env, NULL);
	return result;
}

char *activity_model(JNIEnv *env) {
	if (!begin(env)) {
		return NULL;
	}
	char *result = NULL;
	jclass build = (*env)->FindClass(env, "android/os/Build");
	jfieldID model = failed(env) ? NULL : (*env)->GetStaticFieldID(env, build, "MODEL", "Ljava/lang/String;");
	if (!failed(env) && model != NULL) {
		jstring name = (*env)->GetStaticObjectField(env, build, model);
		result = failed(env) ? NULL : copy(env, name);
	}
	(*env)->PopLocalFrame(env, NULL);
	return result;
}
