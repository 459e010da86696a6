# Numbers of pROC, stats::loess, stats::glm and rms on simulated and public inputs. See README.md.
suppressMessages({library(pROC); library(rms); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
inputs <- args[1]; out <- args[2]; data_folder <- args[3]

judge <- function(y, p) {
  found <- list(n = length(y), events = sum(y))
  roc <- roc(y, p, levels = c(0, 1), direction = "<", quiet = TRUE)
  found$auc <- as.numeric(auc(roc)); found$auc_variance <- var(roc, method = "delong")
  found$auc_ci <- as.numeric(ci.auc(roc, method = "delong"))
  lp <- qlogis(p)
  large <- glm(y ~ offset(lp), family = binomial, control = glm.control(epsilon = 1e-14))
  slope <- glm(y ~ lp, family = binomial, control = glm.control(epsilon = 1e-14))
  found$in_the_large <- c(coef(large), suppressMessages(confint.default(large)))
  found$slope <- c(coef(slope)[2], confint.default(slope)[2, ])
  for (surface in c("direct", "interpolate")) {
    fit <- loess(y ~ p, span = .75, degree = 2, control = loess.control(surface = surface, statistics = "approximate"))
    smooth <- pmin(pmax(fitted(fit), 0), 1)
    d <- abs(smooth - p)
    found[[paste0("errors_", surface)]] <- c(mean(d), as.numeric(quantile(d, c(.5, .9))), max(d))
    at <- quantile(p, c(.02, .1, .25, .5, .75, .9, .98))
    found[[paste0("curve_", surface)]] <- as.numeric(pmin(pmax(predict(fit, at), 0), 1))
    found$curve_at <- as.numeric(at)
  }
  found$brier <- mean((y - p)^2)
  ordered <- order(p)
  # isoreg takes every risk as a place of its own.
  if (!anyDuplicated(p)) {
    yf <- isoreg(y[ordered])$yf
    recal <- mean((y[ordered] - yf)^2)
    u <- mean(y) * (1 - mean(y))
    found$decomposition <- c(found$brier - recal, u - recal, u)
  }
  val <- val.prob(p, y, pl = FALSE)
  found$val_prob <- as.list(val[c("Dxy", "C (ROC)", "R2", "Brier", "Intercept", "Slope")])
  cuts <- c(.05, .1, .2, .3, .5)
  found$net_benefit <- sapply(cuts, function(t) mean(y * (p >= t)) - mean((1 - y) * (p >= t)) * t / (1 - t))
  found
}

sets <- read.csv(inputs)
found <- list()
for (name in unique(sets$set)) {
  one <- sets[sets$set == name, ]
  found[[name]] <- judge(one$y, one$p)
  pair <- roc.test(roc(one$y, one$p, levels = c(0, 1), direction = "<", quiet = TRUE),
                   roc(one$y, one$q, levels = c(0, 1), direction = "<", quiet = TRUE), method = "delong", paired = TRUE)
  found[[name]]$paired <- c(as.numeric(diff(rev(pair$estimate))), as.numeric(pair$conf.int))
}

gusto <- read.csv(file.path(data_folder, "gusto_development", "gusto_development.csv"))
gusto$miloc <- factor(gusto$miloc, c("Inferior", "Other", "Anterior"))
gusto$sysbpc <- pmin(gusto$sysbp, 100)
full <- lrm(day30 ~ age + miloc + pmi + Killip + sysbpc + pulse, data = gusto, maxit = 50, tol = 1e-14)
found$gusto <- list(coefficients = as.list(coef(full)), stats = as.list(full$stats[c("Obs", "C", "Dxy", "R2", "Brier")]),
                    log_likelihood = as.numeric(-full$deviance[2] / 2))
few <- gusto[seq(1, nrow(gusto), by = 46), ]
small <- lrm(day30 ~ age + pmi + sysbpc + pulse, data = few, x = TRUE, y = TRUE)
set.seed(1)
checked <- rms::validate(small, B = 200)
found$gusto_optimism <- list(n = nrow(few), events = sum(few$day30), rows = rownames(checked),
  apparent = as.numeric(checked[, "index.orig"]), optimism = as.numeric(checked[, "optimism"]),
  corrected = as.numeric(checked[, "index.corrected"]))
nested <- anova(glm(day30 ~ age + pmi, binomial, few), glm(day30 ~ age + pmi + sysbpc + pulse, binomial, few), test = "LRT")
found$gusto_nested <- list(statistic = nested$Deviance[2], df = nested$Df[2], p = nested$`Pr(>Chi)`[2])

panss <- read.csv(file.path(data_folder, "surrogate", "Schizo_PANSS.csv"))
both <- panss[!is.na(panss$Week2) & !is.na(panss$Week8_bin), ]
rule <- roc(1 - both$Week8_bin, both$Week2, levels = c(0, 1), direction = "<", quiet = TRUE)
found$panss <- list(n = nrow(both), auc = as.numeric(auc(rule)), ci = as.numeric(ci.auc(rule)), variance = var(rule))
found$versions <- list(R = R.version.string, pROC = as.character(packageVersion("pROC")), rms = as.character(packageVersion("rms")))
write_json(found, out, digits = NA, auto_unbox = TRUE, pretty = TRUE)
