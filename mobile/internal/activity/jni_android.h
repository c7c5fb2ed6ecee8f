// Calls of android.app.Activity. env and activity are those of one driver.RunNative; no reference is kept.
// A method that the system does not have, and any exception, ends in the value that is said last.
#ifndef REALNAME_JNI_H
#define REALNAME_JNI_H

#include <jni.h>

int activity_allowed(JNIEnv *env, jobject activity, const char *permission);     // 1, or 0
int activity_ask(JNIEnv *env, jobject activity, const char *permission);         // 1, or 0 when it could not
int activity_refused(JNIEnv *env, jobject activity, const char *permission);     // the rationale; 1, or 0
int activity_focused(JNIEnv *env, jobject activity);                             // 1, or 0
int activity_settings(JNIEnv *env, jobject activity);                            // 1, or 0 when it could not
int activity_turn(JNIEnv *env, jobject activity);                                // 0 to 3 quarters, or 0
int activity_text(JNIEnv *env, jobject activity);                                // size of text in percent, or 0
// activity_awake keeps the screen on while it is told so, for some minutes at most. The window's own flag for
// that may only be set on Java's main thread, which no native app has a way to. 1, or 0 when it could not.
int activity_awake(JNIEnv *env, jobject activity, int on);
char *activity_link(JNIEnv *env, jobject activity);                              // to be freed, or NULL
char *activity_model(JNIEnv *env);                                               // to be freed, or NULL

#endif
