using System.CommandLine;

namespace Fed.Host.Commands;

/// <summary>A word that only holds further words: <c>fed rounds list</c>.</summary>
internal sealed class Group : Command, IExemplified
{
    public Group(string name, string summary, string example, params ReadOnlySpan<Command> verbs) : base(name, summary)
    {
        Example = example;
        foreach (Command verb in verbs) Add(verb);
    }

    /// <inheritdoc/>
    public string Example { get; }
}
