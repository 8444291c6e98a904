// Stands in for https://js.stripe.com/v3/ : the payment element leads to the simulator's page of the intent.
window.Stripe = function () {
  let secret = "";
  const elements = (options) => {
    secret = (options && options.clientSecret) || secret;
    return {
      create: () => ({
        mount: (place) => {
          const target = typeof place === "string" ? document.querySelector(place) : place;
          target.textContent = "Play money: you choose on the next page how this payment goes.";
        },
        on: () => {},
        unmount: () => {},
      }),
      submit: async () => ({}),
    };
  };
  const confirmPayment = async (options) => {
    const client = options.clientSecret || secret;
    const page = new URL("SIMULATOR/pay/" + client.split("_secret_")[0]);
    page.searchParams.set("client_secret", client);
    page.searchParams.set("return_url", options.confirmParams.return_url);
    window.location.assign(page.href);
    return new Promise(() => {});
  };
  return { elements, confirmPayment };
};
