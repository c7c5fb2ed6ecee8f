// A receiver of webhooks with standardwebhooks: node standardwebhooks.mjs MODULES. It prints its address, reads the
// secret, and prints each event that it can verify.
import {createRequire} from 'node:module';
import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
const {Webhook} = createRequire(process.argv[2] + '/')('standardwebhooks');
let hook;
const server = createServer((request, answer) => {
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', () => {
    try {
      console.log(JSON.stringify(hook.verify(Buffer.concat(parts).toString(), request.headers)));
      answer.writeHead(204).end();
    } catch (e) {
      console.log(JSON.stringify({type: 'refused: ' + e.message}));
      answer.writeHead(400).end();
    }
  });
}).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
createInterface({input: process.stdin}).on('line', (secret) => { hook = new Webhook(secret); }).on('close', () => process.exit(0));
