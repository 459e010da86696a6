# Reference numbers of pairwise meta-analysis by metafor, asked for the last digit.
#
#   Rscript metafor.R simulated.csv metafor.json
#
# Debian 12: apt-get install r-cran-metafor r-cran-metadat r-cran-jsonlite r-cran-numderiv
# metafor stops early by default (Fisher scoring at a change of 1e-5, root finding at 1.2e-4). Here every
# iteration goes on to the end, so that what is left between two programs is arithmetic.
suppressMessages({
  library(metafor)
  library(metadat)
  library(jsonlite)
})
paths <- commandArgs(TRUE)
TIGHT <- list(threshold = 1e-12, tol = 1e-14, maxiter = 10000)

fitted <- function(f) {
  p <- predict(f)
  list(
    k = f$k, est = f$beta[1], se = f$se[1], ci.lb = f$ci.lb[1], ci.ub = f$ci.ub[1], stat = f$zval[1],
    p = f$pval[1], tau2 = f$tau2, se.tau2 = f$se.tau2, I2 = f$I2, H2 = f$H2, Q = f$QE, Qp = f$QEp,
    pi.lb = p$pi.lb, pi.ub = p$pi.ub
  )
}

trimmed <- function(f, estimator) {
  t <- trimfill(f, estimator = estimator, control = TIGHT)
  list(k0 = t$k0, side = t$side, est = t$beta[1], ci = c(t$ci.lb, t$ci.ub), tau2 = t$tau2)
}

selected <- function(d, alternative) {
  f <- rma(yi, vi, data = d, method = "ML", control = TIGHT)
  s <- selmodel(f, type = "stepfun", alternative = alternative, steps = 0.025,
                control = list(optimizer = "nlminb", rel.tol = 1e-10))
  list(est = s$beta[1], ci = c(s$ci.lb[1], s$ci.ub[1]), tau2 = s$tau2, delta = s$delta, LRT = s$LRT, p = s$LRTp)
}

pairwise <- function(d) {
  out <- list(yi = as.numeric(d$yi), vi = as.numeric(d$vi))
  one <- function(method, test = "z") rma(yi, vi, data = d, method = method, test = test, control = TIGHT)
  for (method in c("FE", "DL", "REML", "PM", "ML", "HE", "SJ", "EB")) out[[method]] <- fitted(one(method))
  for (method in c("DL", "REML", "PM")) out[[paste0(method, "+HK")]] <- fitted(one(method, "knha"))
  reml <- one("REML")
  profile <- confint(reml, control = list(tol = 1e-14, maxiter = 10000))$random
  out$REML_Qprofile <- list(tau2 = unname(profile["tau^2", ]), I2 = unname(profile["I^2(%)", ]))
  lm_test <- regtest(reml, model = "lm")
  random <- rma(yi, vi, mods = ~ sqrt(vi), data = d, control = TIGHT)
  out$egger_lm <- list(intercept_t = lm_test$zval, df = lm_test$dfs, p = lm_test$pval,
                       limit_est = unname(lm_test$est), limit_ci = c(lm_test$ci.lb, lm_test$ci.ub))
  out$egger_rma <- list(z = random$zval[2], p = random$pval[2], limit_est = random$beta[1])
  rank <- ranktest(reml)
  out$begg <- list(tau = unname(rank$tau), p = rank$pval)
  for (method in c("FE", "REML")) {
    for (estimator in c("L0", "R0")) {
      name <- paste("trimfill", method, estimator, sep = "_")
      found <- try(trimmed(one(method), estimator), silent = TRUE)
      if (!inherits(found, "try-error")) out[[name]] <- found
    }
  }
  peese <- summary(lm(yi ~ vi, weights = 1 / vi, data = d))$coefficients
  pet <- summary(lm(yi ~ sqrt(vi), weights = 1 / vi, data = d))$coefficients
  out$PET <- list(b0 = pet[1, 1], se0 = pet[1, 2], b1 = pet[2, 1], p1 = pet[2, 4])
  out$PEESE <- list(b0 = peese[1, 1], se0 = peese[1, 2])
  for (alternative in c("greater", "less")) {
    found <- try(suppressWarnings(selected(d, alternative)), silent = TRUE)
    if (!inherits(found, "try-error")) out[[paste0("selection_", alternative)]] <- found
  }
  without <- leave1out(reml)
  out$leave1out_REML <- without$estimate
  out$leave1out_tau2 <- without$tau2
  gone <- influence(reml)$inf
  out$influence <- list(rstudent = gone$rstudent, dffits = gone$dffits, cook = gone$cook.d, tau2 = gone$tau2.del,
                        QE = gone$QE.del, hat = gone$hat)
  plot_of <- baujat(one("FE"))
  out$baujat <- list(x = plot_of$x, y = plot_of$y)
  adding <- cumul(reml)
  out$cumulative <- list(est = adding$estimate[-1], tau2 = adding$tau2[-1])
  out
}

no_plots <- file.path(tempdir(), "plots.pdf")
pdf(no_plots)
counts <- function(measure) escalc(measure, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
means <- function(measure) {
  escalc(measure, n1i = n1i, m1i = m1i, sd1i = sd1i, n2i = n2i, m2i = m2i, sd2i = sd2i, data = dat.normand1999)
}
bcg <- counts("RR")
sets <- list(
  bcg_RR = bcg, bcg_OR = counts("OR"), bcg_RD = counts("RD"), normand_SMD = means("SMD"),
  normand_MD = means("MD"), raudenbush = dat.raudenbush1985,
  egger_OR = escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.egger2001)
)
out <- list(program = paste("metafor", packageVersion("metafor"), "metadat", packageVersion("metadat"),
                            R.version.string))
out$pairwise <- lapply(sets, pairwise)
out$normand_ROM <- list(yi = as.numeric(means("ROM")$yi), vi = as.numeric(means("ROM")$vi))

# Meta-regression, subgroups, joint tests.
with_covariates <- rma(yi, vi, mods = ~ ablat + factor(alloc), data = bcg, test = "knha", control = TIGHT)
without <- rma(yi, vi, data = bcg, control = TIGHT)
out$metareg_bcg <- list(
  beta = c(with_covariates$beta), se = with_covariates$se, p = with_covariates$pval, tau2 = with_covariates$tau2,
  R2 = max(0, 100 * (without$tau2 - with_covariates$tau2) / without$tau2), QM = with_covariates$QM,
  QMp = with_covariates$QMp
)
by_group <- rma(yi, vi, mods = ~ factor(alloc), data = bcg, control = TIGHT)
out$subgroups_bcg_common <- list(QM = by_group$QM, QMp = by_group$QMp, tau2 = by_group$tau2)
apart <- lapply(split(bcg, bcg$alloc), function(d) rma(yi, vi, data = d, control = TIGHT))
between <- rma(sapply(apart, function(f) f$beta[1]), sei = sapply(apart, function(f) f$se), method = "FE")
out$subgroups_bcg_separate <- list(est = unname(sapply(apart, function(f) f$beta[1])),
                                   tau2 = unname(sapply(apart, function(f) f$tau2)), Q = between$QE, p = between$QEp)

# Counts without study weights.
for (measure in c("OR", "RR", "RD")) {
  f <- rma.mh(measure = measure, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
  out[[paste0("MH_bcg_", measure)]] <- list(est = f$beta[1], se = f$se, Q = f$QE, p = f$pval)
}
f <- rma.peto(ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
out$peto_bcg <- list(est = f$beta[1], se = f$se, Q = f$QE, p = f$pval)

# Small-study tests for odds ratios, as plain weighted regressions.
d <- within(sets$egger_OR, {
  n1i <- as.numeric(n1i)
  n2i <- as.numeric(n2i)
  total <- n1i + n2i
  events <- ai + ci
  score <- ai - n1i * events / total
  information <- n1i * n2i * events * (total - events) / (total^2 * (total - 1))
})
peters <- summary(lm(yi ~ I(1 / total), weights = 1 / (1 / events + 1 / (total - events)), data = d))$coefficients
harbord <- summary(lm(I(score / information) ~ I(1 / sqrt(information)), weights = information, data = d))$coefficients
out$peters_egger <- list(t = peters[2, 3], p = peters[2, 4])
out$harbord_egger <- list(t = harbord[2, 3], p = harbord[2, 4])

# Several effects a study: school districts, independent and correlated sampling errors.
k <- dat.konstantopoulos2011
OPTIM <- list(optimizer = "nlminb", rel.tol = 1e-11)
level3 <- rma.mv(yi, vi, random = ~ 1 | district / school, data = k, control = OPTIM)
v <- vcalc(vi, cluster = district, obs = school, rho = 0.4, data = k)
correlated <- rma.mv(yi, v, random = ~ 1 | district / school, data = k, control = OPTIM)
sandwich <- robust(rma(yi, vi, data = k, control = TIGHT), cluster = district)
of <- function(f) list(est = f$beta[1], se = f$se, sigma2 = f$sigma2, logLik = c(logLik(f)))
out$schools <- list(
  district = as.character(k$district), school = as.character(k$school), yi = as.numeric(k$yi), vi = as.numeric(k$vi),
  independent = of(level3), correlated_rho = 0.4, correlated = of(correlated),
  robust = list(est = sandwich$beta[1], se = sandwich$se, df = sandwich$dfs, p = sandwich$pval)
)

# Two outcomes of five trials (Berkey 1998), and the same with one outcome of one trial gone.
outcomes <- function(d, v) {
  f <- rma.mv(yi, v, mods = ~ outcome - 1, random = ~ outcome | trial, struct = "UN", data = d, control = OPTIM)
  list(est = c(f$beta), se = f$se, tau2 = f$tau2, rho = f$rho, logLik = c(logLik(f)))
}
b <- dat.berkey1998
v <- bldiag(lapply(split(b[c("v1i", "v2i")], b$trial), as.matrix))
whole <- outcomes(b, v)
out$berkey <- list(trial = b$trial, outcome = b$outcome, yi = as.numeric(b$yi), v1i = b$v1i, v2i = b$v2i, complete = whole,
                   without_first = outcomes(b[-1, ], v[-1, -1]))

# Simulated sets of the calibration (validation/meta_calibration): the same sets, metafor's numbers.
simulated <- read.csv(paths[1])
out$simulated <- lapply(split(simulated, simulated$set), function(d) {
  f <- rma(yi, vi, data = d, test = "knha", control = TIGHT)
  list(set = d$set[1], k = f$k, est = f$beta[1], tau2 = f$tau2, ci.lb = f$ci.lb, ci.ub = f$ci.ub,
       egger_p = regtest(f, model = "lm")$pval)
})
names(out$simulated) <- NULL
out$simulated <- do.call(rbind, lapply(out$simulated, as.data.frame))
write_json(out, paths[2], auto_unbox = TRUE, digits = 15, na = "null", dataframe = "columns")
