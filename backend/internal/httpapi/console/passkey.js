// The passkey pages: asks the server for a ceremony, the browser for an answer,
// and sends it back. Everything else of the console works without script.
"use strict";
(() => {
  const go = document.getElementById("go"), wait = document.getElementById("wait");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (all) => (all || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const say = (problem) => {
    for (const p of document.querySelectorAll("#problems p")) p.hidden = p.id !== "problem-" + problem;
    wait.hidden = true;
    go.disabled = false;
  };

  const post = async (path, body) => {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (answer.ok) return answer.json();
    const { code } = await answer.json().catch(() => ({}));
    throw { said: { ticket_used: "used", credentials_wrong: "refused", conflict: "place" }[code] || "other" };
  };

  const make = async (options) => {
    const o = options.publicKey;
    o.challenge = bytes(o.challenge);
    o.user.id = bytes(o.user.id);
    o.excludeCredentials = listed(o.excludeCredentials);
    const c = await navigator.credentials.create({ publicKey: o });
    return {
      id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
      response: { clientDataJSON: text(c.response.clientDataJSON), attestationObject: text(c.response.attestationObject),
        transports: c.response.getTransports ? c.response.getTransports() : [] },
    };
  };

  const prove = async (options) => {
    const o = options.publicKey;
    o.challenge = bytes(o.challenge);
    o.allowCredentials = listed(o.allowCredentials);
    const c = await navigator.credentials.get({ publicKey: o });
    return {
      id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
      response: { clientDataJSON: text(c.response.clientDataJSON), authenticatorData: text(c.response.authenticatorData),
        signature: text(c.response.signature), userHandle: c.response.userHandle ? text(c.response.userHandle) : null },
    };
  };

  go.addEventListener("click", async () => {
    go.disabled = true;
    say("");
    go.disabled = true;
    wait.hidden = false;
    const enrolling = go.dataset.do === "enrol", path = "/console/" + go.dataset.do;
    const enrolment = location.hash.slice(1);
    try {
      if (!window.PublicKeyCredential) throw { said: "browser" };
      if (enrolling && !enrolment) throw { said: "used" };
      const ceremony = await post(path + "/begin", { enrolment });
      const credential = await (enrolling ? make : prove)(ceremony.options);
      const done = await post(path + "/finish?next=" + encodeURIComponent(go.dataset.next), { enrolment, ceremony: ceremony.id, credential });
      location.replace(done.next);
    } catch (e) {
      if (e.said) return say(e.said);
      say({ NotAllowedError: "ended", AbortError: "ended", InvalidStateError: "ended", SecurityError: "place" }[e.name] || "other");
    }
  });
})();
