// standardwebhooks of npm on a callback: webhook_peer.js NODE_MODULES SECRET FILE. FILE is {headers, body}; exit 0
// when it believes it, 1 when it does not.
const fs = require('node:fs');
const [modules, secret, file] = process.argv.slice(2);
const { Webhook } = require(`${modules}/standardwebhooks`);
const { headers, body } = JSON.parse(fs.readFileSync(file));

try {
    new Webhook(secret).verify(body, headers);
} catch (error) {
    process.exit(error.constructor.name === 'WebhookVerificationError' ? 1 : 2);
}
