namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>node</c> block.</summary>
internal static class NodeBinder
{
    public static NodeOptions Bind(ConfigReader block) => new(
        block.Has("data-dir") ? block.File("data-dir") : null,
        block.Choice<LogLevelChoice>("log-level"),
        block.Integer("mailbox-capacity", 16),
        block.Integer("stash-capacity", 1),
        block.Duration("shutdown-limit", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)))
    {
        Trainers = TrainerBinder.Bind(block),
    };
}
