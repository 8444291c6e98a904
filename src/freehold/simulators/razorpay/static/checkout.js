/* The simulator's Checkout.js: `new Razorpay(options).open()` shows our checkout page in a frame over the merchant's.
   A script element with data-key inside a form puts a button there, and sends the form with the signed result. */
(() => {
  "use strict";
  const script = document.currentScript;
  const home = new URL(script.src).origin;

  class Razorpay {
    constructor(options) {
      if (!options || !options.key || !options.order_id) {
        throw new Error("Razorpay: key and order_id are needed");
      }
      this.options = options;
      this.listeners = {};
    }

    on(name, listener) {
      (this.listeners[name] ||= []).push(listener);
      return this;
    }

    open() {
      if (this.frame) return;
      const query = new URLSearchParams({
        key_id: this.options.key,
        order_id: this.options.order_id,
        callback_method: "message",
        origin: location.origin,
      });
      this.frame = document.createElement("iframe");
      this.frame.src = `${home}/checkout?${query}`;
      this.frame.title = "Razorpay simulator";
      Object.assign(this.frame.style, {
        position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", zIndex: "2147483647",
      });
      this.hear = (event) => this.heard(event);
      addEventListener("message", this.hear);
      document.body.append(this.frame);
      this.frame.focus();
    }

    close() {
      if (!this.frame) return;
      removeEventListener("message", this.hear);
      this.frame.remove();
      this.frame = null;
    }

    heard(event) {
      if (!this.frame || event.origin !== home || event.source !== this.frame.contentWindow) return;
      const { kind, result } = event.data;
      if (kind === "failed") {
        (this.listeners["payment.failed"] || []).forEach((listener) => listener({ error: result }));
        return;
      }
      this.close();
      if (kind === "dismissed") {
        this.options.modal?.ondismiss?.();
      } else if (this.options.callback_url) {
        this.post(this.options.callback_url, result);
      } else {
        this.options.handler?.(result);
      }
    }

    post(address, result) {
      const form = document.createElement("form");
      form.method = "post";
      form.action = address;
      document.body.append(form);
      send(form, result);
    }
  }

  function send(form, result) {
    for (const [name, value] of Object.entries(result)) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    form.submit();
  }

  function mount(form, data) {
    const checkout = new Razorpay({ key: data.key, order_id: data.order_id, handler: (result) => send(form, result) });
    const button = document.createElement("input");
    Object.assign(button, { type: "submit", className: "razorpay-payment-button", value: data.buttontext || "Pay Now" });
    script.after(button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      checkout.open();
    });
  }

  window.Razorpay = Razorpay;
  if (script.dataset.key && script.closest("form")) mount(script.closest("form"), script.dataset);
})();
