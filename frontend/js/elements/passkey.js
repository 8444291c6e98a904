// <fh-passkey data-does="create|get">: a form whose hidden field `credential` is the answer of the device.
// The question stands in a JSON script within, or behind the address `data-asks`.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const withBytes = (item) => ({ ...item, id: toBytes(item.id) });

function readQuestion({ publicKey }, isAlone) {
  const question = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (publicKey.user) question.user = withBytes(publicKey.user);
  for (const list of ["excludeCredentials", "allowCredentials"])
    if (publicKey[list]) question[list] = publicKey[list].map(withBytes);
  if (isAlone)
    question.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  return { publicKey: question };
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

class Passkey extends HTMLElement {
  connectedCallback() {
    if (!globalThis.PublicKeyCredential) return;
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    this.hidden = false;
  }

  async ask() {
    this.say("");
    try {
      const question = readQuestion(await this.question(), this.form.elements.passwordless?.checked);
      const credential = await navigator.credentials[this.dataset.does](question);
      this.form.elements.credential.value = writeAnswer(credential);
      this.form.submit();
    } catch (error) {
      // Cancelled, timed out, or nothing fits: browsers do not say which.
      this.say(error.name === "SecurityError" ? this.dataset.insecure : this.dataset.failed);
    }
  }

  async question() {
    if (!this.dataset.asks) return JSON.parse(this.querySelector("script").textContent);
    const answer = await fetch(this.dataset.asks, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json()).request_options;
  }

  say(text) {
    this.querySelector("[role=alert]").textContent = text;
  }
}

customElements.define("fh-passkey", Passkey);
