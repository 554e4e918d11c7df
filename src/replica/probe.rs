#[cfg(test)]
mod tests {
    use crate::model::*;
    use crate::replica::rs::Rs;
    use crate::solve::*;
    use crate::solve::saddle;
    use std::time::Instant;
    #[test]
    fn probe() {
        let m = Rs::<_, _, 3>::new(binary::Binary, theta::Theta, Data::Storage);
        let t = Tolerances::default();
        for kappa in [0.0, -0.5] {
        let p = Parameters { kappa, ..Parameters::default() };
        let s0 = Instant::now();
        let (x, st) = anderson::anderson(&m, &[-1.0, -0.5], &p, 1e-2, &t).unwrap();
        let s1 = Instant::now();
        let s = saddle::solve(&m, &x, &p, Control::Alpha, &t).unwrap();
        println!("{:?} {:?} {:?}", s1 - s0, s1.elapsed(), st);
        let rule = m.freeze(&s.x, &p).refined();
        println!("{s:?} nodes {} {}", rule.entropic.nodes().len(), rule.energetic.nodes().len());
        let s1 = Instant::now();
        println!("{:?} {:?}", m.observables(&s.x, s.value, &p, &rule), s1.elapsed());
        let s1 = Instant::now(); for _ in 0..100 { std::hint::black_box(m.evaluate(&s.x,&p,Control::Alpha,&rule)); } println!("eval {:?}", s1.elapsed()/100);
        }
        let m = Rs::<_, _, 3>::new(binary::Binary, cross_entropy::CrossEntropy, Data::Storage);
        let p = Parameters { alpha: 0.4, beta: 98.0827, gamma: 1.0, ..Parameters::default() };
        let s0 = Instant::now();
        let (x, st) = anderson::anderson(&m, &[-1.0, -0.5], &p, 1e-2, &t).unwrap();
        println!("{:?} {st:?}", s0.elapsed());
        let s = saddle::solve(&m, &x, &p, Control::Alpha, &t).unwrap();
        println!("{:?} {s:?}", s0.elapsed());
        let rule = m.freeze(&s.x, &p).refined();
        let s1 = Instant::now();
        println!("{:?} {:?}", m.observables(&s.x, s.value, &p, &rule), s1.elapsed());
        let s1 = Instant::now(); for _ in 0..10 { std::hint::black_box(m.evaluate(&s.x,&p,Control::Alpha,&rule)); } println!("eval {:?}", s1.elapsed()/10);
        let m = Rs::<_, _, 5>::new(binary::Binary, theta::Theta, Data::Teacher);
        let p = Parameters { alpha: 1.4, ..Parameters::default() };
        let s0 = Instant::now();
        let (x, st) = anderson::anderson(&m, &[-1.0, -0.5, 0.5, 0.5], &p, 1e-2, &t).unwrap();
        println!("{:?} {st:?}", s0.elapsed());
        let s = saddle::solve(&m, &x, &p, Control::Alpha, &t).unwrap();
        println!("{:?} {s:?}", s0.elapsed());
        let c = continuation::Continuation { problem: &m, parameters: p, control: Control::Alpha, range: (0.01, 3.0), tolerances: t, longest: 0.5, points: 400 };
        let s0 = Instant::now();
        let b = c.follow(&s.x, 1.4, true).unwrap();
        let f = c.folds(&b);
        println!("{:?} {} {:?} folds {:?} err {:?}", s0.elapsed(), b.points.len(), b.stop, f.iter().map(|f| f.point.control).collect::<Vec<_>>(), f.iter().map(|f| f.error).collect::<Vec<_>>());
        println!("{:?}", b.points.last());
        let g = crate::replica::ground_state::GroundState::<_, 2> { loss: cross_entropy::CrossEntropy, data: Data::Storage };
        let p = Parameters { alpha: 1.0, gamma: 1.0, ..Parameters::default() };
        let s0 = Instant::now();
        let s = saddle::solve(&g, &[0.0], &p, Control::Alpha, &t);
        println!("{:?} {s:?}", s0.elapsed());
    }
}
