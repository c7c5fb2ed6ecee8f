package onnx
import ("testing";"os";"time";"math";"realname.example/backend/internal/face/convert")
func TestTmp(t *testing.T){
 N:="/work/main/.setup/node_modules/"
 rt,err:=Start(N+"onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1"); if err!=nil{t.Fatal(err)}
 flat,_:=os.ReadFile("/tmp/mesh.tflite")
 mesh,err:=convert.Mesh(flat); if err!=nil{t.Fatal(err)}
 man,_:=os.ReadFile(N+"@vladmandic/face-api/model/face_recognition_model-weights_manifest.json")
 dat,_:=os.ReadFile(N+"@vladmandic/face-api/model/face_recognition_model.bin")
 desc,err:=convert.Descriptor(man,dat); if err!=nil{t.Fatal(err)}
 ms:=map[string][]byte{"mesh":mesh,"desc":desc}
 for _,n:=range []string{"detect","feature","liveness","pose","landmark","eye"}{ b,_:=os.ReadFile(N+"faceplugin-face-recognition-js/model/fr_"+n+".onnx"); ms[n]=b}
 for n,b:=range ms{
  m,err:=rt.Load(b); if err!=nil{t.Error(n,err);continue}
  c,err:=m.NewCall(1); if err!=nil{t.Error(n,err);continue}
  best:=time.Hour
  for k:=0;k<30;k++{ s:=time.Now(); if err:=c.Run();err!=nil{t.Error(n,err);break}; if d:=time.Since(s);d<best{best=d}}
  s:=0.0; for _,v:=range c.Output(0){s+=float64(v)}
  t.Log(n,len(b),best,m.Describe(),s,math.IsNaN(s))
 }
}
