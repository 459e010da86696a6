# Elastic-net paths of R glmnet, converged far beyond its defaults, on made-up people.
# Rscript validation/penalised_glmnet/oracle.R > validation/penalised_glmnet/glmnet.json
suppressMessages({library(glmnet); library(survival); library(jsonlite)})
set.seed(20261126)
tight <- function(...) glmnet(..., thresh = 1e-15, maxit = 1e7)
drawn <- function(n, p) {
  shared <- rnorm(n)
  x <- round(0.5 * shared + matrix(rnorm(n * p), n) %*% diag(exp(rnorm(p))) + rep(rnorm(p), each = n), 2)
  list(x = x, signal = as.vector(scale(x[, 1:3]) %*% c(1, -0.7, 0.5)))
}
path <- function(fit) list(
  alpha = fit$call_alpha, lambda = fit$lambda, intercept = as.vector(fit$a0), beta = as.matrix(fit$beta)
)
cases <- list()
for (shape in list(c(90, 8), c(40, 70))) {
  n <- shape[1]; p <- shape[2]
  d <- drawn(n, p); x <- d$x
  y <- as.integer(runif(n) < plogis(d$signal - 0.5))
  time <- ceiling(10 * rexp(n, exp(0.7 * d$signal)) / 2) / 10 + 0.1; event <- as.integer(runif(n) < 0.7)
  weights <- round(runif(n, 0.3, 2), 2)
  factors <- c(0, 2, rep(1, p - 3), 0.5)
  for (alpha in c(0, 0.2, 0.5, 1)) for (extra in c(FALSE, TRUE)) {
    more <- if (extra) list(weights = weights, penalty.factor = factors) else list()
    for (family in c("binomial", "cox")) {
      outcome <- if (family == "cox") Surv(time, event) else y
      largest <- glmnet(x, outcome, family = family, alpha = max(alpha, 0.2))$lambda[1]
      lambda <- largest * c(0.7, 0.3, 0.1, 0.04)
      fit <- do.call(tight, c(list(x = x, y = outcome, family = family, alpha = alpha, lambda = lambda), more))
      own <- do.call(glmnet, c(list(x = x, y = outcome, family = family, alpha = alpha), more))
      cases <- c(cases, list(list(
        shape = shape, family = family, alpha = alpha, extra = extra, lambda = lambda, own_lambda = head(own$lambda, 5),
        intercept = if (family == "cox") rep(0, 4) else as.vector(fit$a0), beta = t(as.matrix(fit$beta))
      )))
    }
  }
  cases[[length(cases)]]$people <- list(
    x = x, y = y, time = time, event = event, weights = weights, factors = factors
  )
}
people <- list()
for (i in seq_along(cases)) if (!is.null(cases[[i]]$people)) {
  people <- c(people, list(cases[[i]]$people)); cases[[i]]$people <- NULL
}
for (i in seq_along(cases)) dimnames(cases[[i]]$beta) <- NULL
cat(toJSON(list(
  tool = paste("R", getRversion(), "glmnet", packageVersion("glmnet")), people = people, cases = cases
), digits = 9, auto_unbox = TRUE), "\n")
