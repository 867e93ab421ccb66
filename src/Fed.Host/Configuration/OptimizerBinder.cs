using Fed.Learning.Algorithms;
using Fed.Learning.Training;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates how sites train: the <c>job.optimizer</c> and <c>job.early-stopping</c> blocks.</summary>
internal static class OptimizerBinder
{
    /// <summary>The sites' optimiser; null for plain gradient steps, which the plan does not name.</summary>
    public static OptimizerOptions? Bind(ConfigReader block, AlgorithmOptions algorithm)
    {
        double Share(string key) => block.Real(key, 0) is var value and < 1 ? value : throw block.Refuse(key, $"expected {block.Path}.{key} to be below 1");
        OptimizerOptions options = new(
            block.Choice<OptimizerKind>("kind"), Share("momentum"), Share("beta1"), Share("beta2"), block.Real("epsilon", 0, above: true), block.Real("weight-decay", 0),
            block.OptionalReal("clip-norm", 0, above: true), block.Choice<RateSchedule>("schedule"), Share("warm-up"));
        foreach ((string key, bool isUsed) in new[] { ("momentum", options.Kind == OptimizerKind.Momentum), ("beta1", IsAdam(options)), ("beta2", IsAdam(options)), ("epsilon", IsAdam(options)) })
            if (block.IsUsers(key) && !isUsed) throw block.Refuse(key, $"{block.Path}.{key} has no use with kind = {Kebab.From(options.Kind.ToString())}; remove it");
        if (options.IsPlain) return null;
        return algorithm.AllowsOptimizer ? options : throw block.Refuse("kind", $"{block.Path} cannot be combined with job.algorithm = {algorithm.Algorithm}, which relies on plain gradient steps; remove it, or use fedavg, fedprox or an adaptive server");
    }

    /// <summary>When a site ends a round's training early; null never.</summary>
    public static EarlyStoppingOptions? EarlyStopping(ConfigReader block, AlgorithmOptions algorithm)
    {
        double? share = block.OptionalReal("share", 0, above: true);
        int patience = block.Integer("patience", 1);
        double least = block.Real("least", 0);
        if (share is null) return null;
        if (share >= 1) throw block.Refuse("share", $"expected {block.Path}.share to be below 1");
        return algorithm.AllowsOptimizer
            ? new EarlyStoppingOptions(share.Value, patience, least)
            : throw block.Refuse("share", $"{block.Path} cannot be combined with job.algorithm = {algorithm.Algorithm}, which relies on all its steps; remove it");
    }

    private static bool IsAdam(OptimizerOptions options) => options.Kind is OptimizerKind.Adam or OptimizerKind.Adamw;
}
