# What R finds in people.csv: Rscript oracle.R people.csv r.json
# Debian 12: r-cran-survival, r-cran-cmprsk, r-cran-prodlim, r-cran-riskregression, r-cran-jsonlite.
suppressMessages({library(survival); library(cmprsk); library(prodlim); library(riskRegression); library(jsonlite)})
arguments <- commandArgs(TRUE)
people <- read.csv(arguments[1])
horizon <- 4.05

one <- function(d, label) {
  x <- as.matrix(d[, c("x1", "x2")])
  out <- list(horizon = horizon, n = nrow(d))

  # survival: multi-state curve with its infinitesimal-jackknife errors; cmprsk: Aalen's variance
  fit <- summary(survfit(Surv(time, factor(cause, 0:2)) ~ 1, d), times = horizon)
  out$survfit <- list(probability = fit$pstate[1, ], error = fit$std.err[1, ])
  gray <- timepoints(cuminc(d$time, d$cause), horizon)
  out$cuminc <- list(probability = unname(gray$est[, 1]), variance = unname(gray$var[, 1]))

  # cause-specific Cox, Efron and Breslow; absolute risk by riskRegression
  for (ties in c("efron", "breslow")) {
    event <- coxph(Surv(time, cause == 1) ~ x1 + x2, d, ties = ties)
    other <- coxph(Surv(time, cause == 2) ~ x1 + x2, d, ties = ties)
    out[[paste0("cox_", ties)]] <- list(
      event = unname(coef(event)), event_se = unname(sqrt(diag(vcov(event)))), event_loglik = event$loglik[2],
      competing = unname(coef(other)), competing_se = unname(sqrt(diag(vcov(other)))))
  }
  causes <- CSC(Hist(time, cause) ~ x1 + x2, data = d)
  new <- data.frame(x1 = c(-1, 0, 1.5), x2 = c(0, 1, 0))
  out$cause_specific_risk <- as.vector(predictRisk(causes, new, times = horizon, cause = 1, product.limit = TRUE))

  # Fine-Gray: cmprsk (robust error with estimated weights) and the weighted Cox of survival
  gray <- crr(d$time, d$cause, x, variance = TRUE)
  out$crr <- list(coef = unname(gray$coef), se = unname(sqrt(diag(gray$var))),
                  risk = apply(as.matrix(new), 1, function(row) {
                    found <- predict(gray, matrix(row, 1)); max(c(0, found[found[, 1] <= horizon, 2]))}))
  long <- finegray(Surv(time, factor(cause, 0:2)) ~ ., d)
  weighted <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2, weights = fgwt, data = long, ties = "breslow")
  out$finegray <- list(coef = unname(coef(weighted)))

  # Concordance without competing events: they count as censored here
  alone <- d; alone$event <- as.integer(d$cause == 1)
  for (weight in c("n", "n/G2")) {
    found <- concordance(Surv(time, event) ~ score, alone, reverse = TRUE, ymax = horizon, timewt = weight)
    out[[if (weight == "n") "harrell" else "uno"]] <- list(c = unname(found$concordance), se = sqrt(found$var))
  }

  # Jackknife pseudo-values, IPCW Brier score, IPA and AUC
  out$pseudo <- as.vector(jackknife(prodlim(Hist(time, cause) ~ 1, data = d), times = horizon, cause = 1))
  scored <- function(formula, data) {
    found <- Score(list(m = d$risk), formula = formula, data = data, times = horizon, cause = 1,
                   metrics = c("auc", "brier"), summary = "ipa", cens.model = "km", conf.int = TRUE)
    brier <- found$Brier$score; auc <- found$AUC$score
    list(auc = auc$AUC, auc_se = auc$se, brier = brier$Brier[2], brier_se = brier$se[2],
         null = brier$Brier[1], ipa = brier$IPA[2])
  }
  out$competing_scores <- scored(Hist(time, cause) ~ 1, d)
  out$alone_scores <- scored(Surv(time, event) ~ 1, alone)

  # Regression of pseudo-values on the complementary log-log of the risk
  frame <- data.frame(y = out$pseudo, cll = log(-log(1 - d$risk)))
  slope <- glm(y ~ cll, family = quasi(link = "cloglog"), data = frame, start = c(0, 1), epsilon = 1e-14, maxit = 100)
  g <- fitted(slope); design <- model.matrix(slope); rate <- slope$family$mu.eta(slope$linear.predictors)
  bread <- solve(crossprod(design * rate)); meat <- crossprod(design * (rate * (frame$y - g)))
  out$pseudo_slope <- list(slope = unname(coef(slope)[2]), se = sqrt((bread %*% meat %*% bread)[2, 2]))
  level <- glm(y ~ offset(cll), family = quasi(link = "cloglog"), data = frame, start = 0, epsilon = 1e-14, maxit = 100)
  out$pseudo_intercept <- unname(coef(level))

  # Net benefit from the cumulative incidence among those above the threshold
  out$net_benefit <- sapply(c(.2, .3, .5), function(p) {
    above <- d[d$risk >= p, ]
    f <- summary(survfit(Surv(time, factor(cause, 0:2)) ~ 1, above), times = horizon)$pstate[1, 2]
    share <- nrow(above) / nrow(d)
    share * (f - (1 - f) * p / (1 - p))
  })

  # Cox slope and the spline curve of observed risk, competing events as censored
  fit <- coxph(Surv(pmin(time, horizon), ifelse(time > horizon, 0, event)) ~ score, alone)
  out$cox_slope <- list(slope = unname(coef(fit)), se = sqrt(vcov(fit)[1, 1]))
  out
}

found <- lapply(split(people, people$set), function(d) one(d[, setdiff(names(d), "set")], d$set[1]))
versions <- sapply(c("survival", "cmprsk", "prodlim", "riskRegression"), function(p) as.character(packageVersion(p)))
write_json(list(R = R.version.string, packages = as.list(versions), sets = found), arguments[2],
           digits = 12, auto_unbox = TRUE, pretty = TRUE)
