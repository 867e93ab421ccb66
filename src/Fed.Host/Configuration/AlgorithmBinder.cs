using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.Cyclic;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedAvgM;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;

namespace Fed.Host.Configuration;

/// <summary>Reads the block of the chosen algorithm. The blocks of the others are read too, so that what is wrong in them is told.</summary>
internal static class AlgorithmBinder
{
    public static AlgorithmOptions Bind(ConfigReader job, AlgorithmChoice choice)
    {
        Dictionary<AlgorithmChoice, AlgorithmOptions> all = [];
        foreach (AlgorithmChoice known in Enum.GetValues<AlgorithmChoice>())
        {
            ConfigReader block = job.Section(Kebab.From(known.ToString()));
            all[known] = known switch
            {
                AlgorithmChoice.Fedsgd => new FedSgdOptions(Rate(block)),
                AlgorithmChoice.Pooled or AlgorithmChoice.LocalOnly => new FedAvgOptions(null, block.Integer("local-epochs", 1), block.Integer("batch-size", 0), Rate(block)),   // the local work of fedavg, without the rest of it
                _ => Read(block, known),
            };
        }
        return all[choice];
    }

    /// <summary>Whether the chosen algorithm is a federation at all.</summary>
    public static RunKind KindOf(AlgorithmChoice choice) => choice switch
    {
        AlgorithmChoice.Pooled => RunKind.Pooled,
        AlgorithmChoice.LocalOnly => RunKind.LocalOnly,
        _ => RunKind.Federated,
    };

    /// <summary>Refuses settings that an algorithm without sums of several sites cannot have.</summary>
    /// <exception cref="UserException">Cyclic transfer with a selection or a quorum, or either it or a run without a federation under protection.</exception>
    public static void CheckShape(ConfigReader job, AlgorithmChoice choice, SelectionOptions selection, Quorum quorum, ProtectionChoice protection)
    {
        string name = Kebab.From(choice.ToString());
        if (PlanRules.ProtectionRefusal(choice, Kebab.From(protection.ToString())) is { } reason) throw job.RefusePair("protection", "algorithm", reason);
        if (choice != AlgorithmChoice.Cyclic) return;
        if (selection.FractionPpm != Share.Whole) throw job.Refuse("algorithm", $"job.selection has no use with job.algorithm = {name}, which takes one site after the other; remove it");
        if (quorum != Quorum.All && quorum.Count != 1) throw job.Refuse("quorum", $"job.quorum = {quorum} has no use with job.algorithm = {name}: the one site of a round must answer; remove it");
    }

    private static LocalTrainingOptions Read(ConfigReader block, AlgorithmChoice choice)
    {
        (int? steps, int? epochs, int batch) = Local(block);
        double rate = Rate(block);
        double Server() => block.Real("server-learning-rate", 0, above: true);
        double Share(string key) => block.Real(key, 0) is var value and < 1 ? value : throw block.Refuse(key, $"expected {block.Path}.{key} to be below 1");
        double Tau() => block.Real("tau", 0, above: true);
        return choice switch
        {
            AlgorithmChoice.Fedavg => new FedAvgOptions(steps, epochs, batch, rate, Server()),
            AlgorithmChoice.Fedavgm => new FedAvgMOptions(steps, epochs, batch, rate, Share("momentum"), Server()),
            AlgorithmChoice.Fedprox => new FedProxOptions(steps, epochs, batch, rate, block.Real("mu", 0), block.Flag("adaptive-mu"), Inexactness(block)),
            AlgorithmChoice.Scaffold => new ScaffoldOptions(steps, epochs, batch, rate, Server(), block.Choice<ControlVariate>("control-variate")),
            AlgorithmChoice.Fednova => new FedNovaOptions(steps, epochs, batch, rate, NovaMu(block, rate), Server(), Share("momentum")),
            AlgorithmChoice.Fedadagrad => new FedAdagradOptions(steps, epochs, batch, rate, Server(), Share("beta1"), Tau()),
            AlgorithmChoice.Fedadam => new FedAdamOptions(steps, epochs, batch, rate, Server(), Share("beta1"), Share("beta2"), Tau()),
            AlgorithmChoice.Fedyogi => new FedYogiOptions(steps, epochs, batch, rate, Server(), Share("beta1"), Share("beta2"), Tau()),
            AlgorithmChoice.Cyclic => new CyclicOptions(steps, epochs, batch, rate),
            AlgorithmChoice.Feddyn => new FedDynOptions(steps, epochs, batch, rate, block.Real("alpha", 0, above: true)),
            _ => throw new InvalidOperationException($"{choice} has no local training"),
        };
    }

    private static (int? Steps, int? Epochs, int Batch) Local(ConfigReader block)
    {
        int? steps = block.OptionalInteger("local-steps", 1);
        int epochs = block.Integer("local-epochs", 1);
        if (steps is not null && block.IsUsers("local-epochs")) throw block.Refuse("local-epochs", $"{block.Path}.local-epochs and local-steps are both set; keep one of them");
        return (steps, steps is null ? epochs : null, block.Integer("batch-size", 0));
    }

    private static double Rate(ConfigReader block) => block.Real("learning-rate", 0, above: true);

    private static double? Inexactness(ConfigReader block)
    {
        double? gamma = block.OptionalReal("inexactness", 0, above: true);
        return gamma is null or < 1 ? gamma : throw block.Refuse("inexactness", $"expected {block.Path}.inexactness to be below 1: 1 is no work at all");
    }

    private static double NovaMu(ConfigReader block, double rate)
    {
        double mu = block.Real("mu", 0);
        return mu * rate < 1 ? mu : throw block.RefusePair("mu", "learning-rate", $"{block.Path}.mu = {mu} times learning-rate = {rate} must stay below 1, else local steps overshoot; lower one of them");
    }
}
