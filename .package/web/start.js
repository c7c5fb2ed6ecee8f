// Loads the phone app into the page, and turns what only phones have into what the app hears.
"use strict";

(async (told) => {
  const zh = navigator.language.toLowerCase().startsWith("zh");
  const words = zh ? {
    loading: "正在打开 Realname……",
    old: "这个浏览器太旧，或者关闭了 WebGL。请换一个浏览器，或使用 Realname 手机应用。",
    failed: "没能打开。请检查网络，然后重新载入。",
    ended: "Realname 已停止。重新载入即可从中断处继续。",
    again: "重新载入",
  } : {
    loading: "Opening Realname…",
    old: "This browser is too old, or WebGL is switched off in it. Use another browser, or the Realname phone app.",
    failed: "It could not be opened. Check the network, then load it again.",
    ended: "Realname has stopped. Load it again to go on where you were.",
    again: "Load again",
  };
  document.documentElement.lang = zh ? "zh-Hans" : "en";
  const wait = document.getElementById("wait");
  const say = document.getElementById("say");
  const bar = document.getElementById("bar");
  const again = document.getElementById("again");
  say.textContent = words.loading;
  again.textContent = words.again;
  again.onclick = () => location.reload();

  if (typeof Go !== "function" || !globalThis.WebAssembly?.instantiateStreaming || !document.createElement("canvas").getContext("webgl")) {
    stop(words.old, false);
    return;
  }
  const go = new Go();
  let app;
  try {
    const answer = await fetch(told.app);
    if (!answer.ok) throw new Error(`the app answers ${answer.status}`);
    app = await WebAssembly.instantiateStreaming(counted(answer), go.importObject);
  } catch (err) {
    console.error(err);
    stop(words.failed, true);
    return;
  }
  // The app draws on a canvas of its own, below this.
  new MutationObserver((_, watch) => {
    if (document.querySelector("canvas")) { watch.disconnect(); wait.remove(); }
  }).observe(document.body, {childList: true});
  await go.run(app.instance);
  document.querySelectorAll("canvas").forEach((c) => c.remove());
  stop(words.ended, true);

  // stop shows a last sentence in the place of the app.
  function stop(sentence, loadAgain) {
    say.textContent = sentence;
    bar.remove();
    again.hidden = !loadAgain;
    document.body.append(wait);
  }

  // counted passes an answer on and moves the bar by the bytes that came. The size is what packaging
  // measured, since the header tells the length of the compressed file.
  function counted(answer) {
    const size = Number(told.size);
    let came = 0;
    const body = answer.body.pipeThrough(new TransformStream({
      transform(part, out) {
        came += part.byteLength;
        bar.value = Math.min(1, came / size);
        out.enqueue(part);
      },
    }));
    return new Response(body, {headers: {"Content-Type": "application/wasm"}});
  }
})(document.currentScript.dataset);

// Fyne keeps the page from scrolling by the wheel, which browsers let only a listener do that says so.
const listen = document.addEventListener.bind(document);
document.addEventListener = (kind, hear, how) => listen(kind, hear, kind === "wheel" ? {passive: false} : how);

// Fyne hears the mouse, its wheel and keys. A tap comes as a click by itself; a finger that moves
// turns the wheel here.
(() => {
  // Fyne scrolls by twice the wheel's step from 5 up, and hardly below.
  const least = 10, half = 2;
  let from = null;
  document.addEventListener("touchstart", (e) => {
    from = e.touches.length === 1 ? e.touches[0].clientY : null;
    const at = e.touches[0];
    document.dispatchEvent(new MouseEvent("mousemove", {clientX: at.clientX, clientY: at.clientY}));
  }, {passive: true});
  document.addEventListener("touchmove", (e) => {
    if (from === null) return;
    const now = e.touches[0].clientY;
    if (Math.abs(from - now) < least) return;
    // The finger is ours: a browser that took it for a swipe of its own lets it glide on, and takes the
    // next tap for the one that stops it.
    if (e.cancelable) e.preventDefault();
    document.dispatchEvent(new WheelEvent("wheel", {deltaY: (from - now) / half}));
    from = now;
  }, {passive: false});
})();

// A phone's keyboard names no keys, it changes the text of a field. The changes are typed as keys.
(() => {
  const field = document.getElementById("dummyEntry");
  const rest = "·"; // something to delete
  let before = rest;
  const type = (key, keyCode) => {
    for (const kind of ["keydown", "keyup"]) document.dispatchEvent(new KeyboardEvent(kind, {key, keyCode}));
  };
  const reset = () => { field.value = before = rest; };
  field.addEventListener("focus", reset);
  field.addEventListener("input", () => {
    const old = [...before], now = [...field.value];
    let same = 0;
    while (same < old.length && old[same] === now[same]) same++;
    for (let i = same; i < old.length; i++) type("Backspace", 8);
    for (const c of now.slice(same)) type(c, 0);
    before = field.value;
    if (before === "") reset();
  });
})();
