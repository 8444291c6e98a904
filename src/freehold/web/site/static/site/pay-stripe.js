// Stripe's own fields in our page: what is typed there goes to Stripe alone.
const form = document.getElementById("pay-script");
const problem = document.getElementById("pay-problem");
const stripe = window.Stripe(form.dataset.key);
const elements = stripe.elements({ clientSecret: form.dataset.clientSecret });

elements.create("payment").mount("#pay-fields");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: form.dataset.returnUrl } });
  if (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
});
