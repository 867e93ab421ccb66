namespace Fed.Host.Commands;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The environment did not play along: a full disk, no permission, an interrupt; or a site that sent what no honest one can.</summary>
    public const int Environment = 1;

    /// <summary>The user asked for something that cannot be done: a typo, a wrong file, impossible settings.</summary>
    public const int User = 2;
}
