//! Student's distribution, as far as 95 % intervals need it.

/// The value that a variable with so many degrees of freedom (from 1) stays below with a chance of 0.975: by bisection
/// of the distribution function.
pub(super) fn quantile_975(freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if tail(middle, freedom) > 0.025 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance to be above `t`, from 0: half of the regularised incomplete beta function.
fn tail(t: f64, freedom: f64) -> f64 {
    0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The regularised incomplete beta function, by its continued fraction (NIST Handbook of Mathematical Functions 8.17.22),
/// evaluated by Lentz's method.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on one side only; the other is its mirror.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() - ln_beta(a, b)).exp() / a;
    let tiny = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..300 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / tiny(1.0 + numerator * d);
            c = tiny(1.0 + numerator / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    front * fraction
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The logarithm of the gamma function: Stirling's series, from 10 on, to which smaller values are lifted.
fn ln_gamma(x: f64) -> f64 {
    let mut lifted = 0.0;
    let mut x = x;
    while x < 10.0 {
        lifted += x.ln();
        x += 1.0;
    }
    let squared = x * x;
    let series = 1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - 1.0 / (1_680.0 * squared)) / squared) / squared;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series / x - lifted
}

#[cfg(test)]
mod tests {
    use super::quantile_975;

    /// Values of printed tables.
    #[test]
    fn quantiles() {
        for (freedom, value) in
            [(1.0, 12.706_2), (2.0, 4.302_65), (5.0, 2.570_58), (29.0, 2.045_23), (118.0, 1.980_27)]
        {
            assert!((quantile_975(freedom) - value).abs() < 1e-4, "{freedom}: {}", quantile_975(freedom));
        }
    }
}
