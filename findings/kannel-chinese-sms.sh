#!/usr/bin/env bash
# Kannel says "Accepted" and sends ??? for a Chinese SMS, and cuts 𠮷 in two where a long one is split
#
# Versions: Debian 12's kannel 1.4.5, npm smpp 0.5.1 as the carrier's side.
# Why it matters: the code of a verification goes out by SMS with the service's name in Chinese before it, 【实名认证】,
#   and a decision by a longer one with the person's name in it.
# Guess: a text that is no GSM 7-bit alphabet is sent as UCS-2, or refused; a split falls between characters.
# Seen: sendsms with charset=UTF-8 and a Chinese text answers 202 "0: Accepted for delivery", and ??? leaves with
#   data_coding 0; Zhang Sān leaves as Zhang S?n. Only coding=2, said with each call, sends UCS-2. With it a text of
#   66 characters, 𠮷 and more is split after 67 units: the first SMS ends with U+D842, the second begins with U+DFB7,
#   halves of one character, which a phone that shows parts, or decodes each by itself, cannot put together. In GSM
#   7-bit the split is right: the escape of [ is not cut from it. So the test number got the digits, and nobody read
#   the words.
# Source: Kannel's user guide (coding is 7 bits unless set), 3GPP TS 23.038 and 23.040; run here.
# What to do: coding=2 and charset=UTF-8 always; keep texts within 70 units, or split at characters oneself; in tests
#   look at what the carrier gets, not at the answer.
set -euo pipefail
changed() { echo "kannel-chinese-sms: changed: $*" >&2; exit 1; }
dpkg -s kannel >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install kannel >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund smpp@0.5.1
cat >run.js <<'JS'
const {spawn} = require('child_process'), net = require('net'), fs = require('fs'), smpp = require('smpp');
const texts = {
  plain: ['【实名认证】验证码 123456', ''], latin: ['Zhang Sān', ''], said: ['【实名认证】验证码 123456', '2'],
  long: ['验'.repeat(66) + '𠮷田，实名认证已完成。', '2'], escape: ['a'.repeat(152) + '[b] code', ''],
};
const free = () => new Promise((done) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => done(port));
  });
});
const pause = () => new Promise((done) => setTimeout(done, 100));
const group = (name, settings) =>
  [`group = ${name}`, ...Object.entries(settings).map((s) => s.join(' = ')), '\n'].join('\n');
const children = [];
process.on('exit', () => children.forEach((child) => child.kill()));
setTimeout(() => process.exit(1), 120000).unref();
(async () => {
  const [admin, boxes, carrier, http] = await Promise.all([free(), free(), free(), free()]);
  const host = '127.0.0.1';
  fs.writeFileSync('kannel.conf', group('core', {'admin-port': admin, 'admin-interface': host, 'admin-password': 'x',
    'smsbox-port': boxes, 'smsbox-interface': host, 'box-allow-ip': host}) +
    group('smsc', {smsc: 'smpp', host, port: carrier, 'smsc-username': 'u', 'smsc-password': 'p', 'system-type': '""',
      'transceiver-mode': true, 'address-range': '""'}) +
    group('smsbox', {'bearerbox-host': host, 'sendsms-port': http, 'sendsms-interface': host}) +
    group('sendsms-user', {username: 'a', password: 'b', concatenation: true, 'max-messages': 10,
      'default-sender': 1069}));
  let arrived = () => {}, bound;
  const ready = new Promise((done) => { bound = done; });
  const server = smpp.createServer((session) => session.on('pdu', (pdu) => {
    if (!pdu.response) return;
    session.send(pdu.response());
    if (pdu.command.startsWith('bind')) bound();
    if (pdu.command === 'submit_sm') arrived(pdu);
  }));
  server.listen(carrier, host);
  const start = (program) => children.push(spawn('/usr/sbin/' + program, ['kannel.conf'], {stdio: 'ignore'}));
  start('bearerbox');
  await ready;
  start('smsbox');
  for (const [name, [text, coding]] of Object.entries(texts)) {
    const parts = [], all = new Promise((done) => {
      arrived = (pdu) => {
        parts.push(pdu);
        const [udh] = pdu.short_message.udh ?? [];
        if (parts.length === (udh ? udh.at(-2) : 1)) done();
      };
    });
    const query = new URLSearchParams({username: 'a', password: 'b', to: '13800138000', charset: 'UTF-8', text});
    if (coding) query.set('coding', coding);
    let answer;
    while (!answer) { // until smsbox listens
      answer = await fetch(`http://${host}:${http}/cgi-bin/sendsms?${query}`).catch(pause);
    }
    console.log(name, answer.status, await answer.text());
    await all;
    for (const {data_coding: coding, short_message: {message}} of parts) {
      console.log(name, 'data_coding', coding, JSON.stringify(message).replace(/(.)\1{9,}/gu, '$1…'));
    }
  }
  process.exit(0);
})();
JS
out=$(nice node run.js) || changed "not every SMS arrives"
echo "$(dpkg-query -W kannel | tr '\t' ' '), npm smpp 0.5.1"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for name in plain latin said long escape; do
	grep -qE "^$name 202 (0: Accepted for delivery|3: Queued for later delivery)$" <<<"$out" || changed "$name is refused"
done
has 'plain data_coding 0 "????????? 123456"'
has 'latin data_coding 0 "Zhang S?n"'
has 'said data_coding 8 "【实名认证】验证码 123456"'
has 'long data_coding 8 "验…\ud842"'
has 'long data_coding 8 "\udfb7田，实名认证已完成。"'
has 'escape data_coding 0 "a…"'
has 'escape data_coding 0 "[b] code"'
