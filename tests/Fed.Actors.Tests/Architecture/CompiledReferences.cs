using System.Reflection;
using System.Reflection.Emit;

namespace Fed.Actors.Tests.Architecture;

/// <summary>Which types a compiled type refers to: in its base, members and signatures, and in the code of its methods, its nested and generated types included.</summary>
internal static class CompiledReferences
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    public static IEnumerable<Type> Of(Type type) => Direct(type).SelectMany(Parts).Distinct();

    /// <summary>The outermost type around a type.</summary>
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Direct(Type type)
    {
        if (type.BaseType is { } parent) yield return parent;
        foreach (Type contract in type.GetInterfaces()) yield return contract;
        foreach (FieldInfo field in type.GetFields(Declared)) yield return field.FieldType;
        foreach (MethodBase method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
        {
            if (method is MethodInfo { ReturnType: { } result }) yield return result;
            foreach (ParameterInfo parameter in method.GetParameters()) yield return parameter.ParameterType;
            foreach (Type used in UsedBy(method)) yield return used;
        }
    }

    private static IEnumerable<Type> UsedBy(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body || body.GetILAsByteArray() is not { } code) yield break;
        foreach (LocalVariableInfo local in body.LocalVariables) yield return local.LocalType;
        Type[] ofType = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : [];
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < code.Length;)
        {
            OpCode operation = code[at] == 0xFE ? Codes[(short)(0xFE00 | code[at + 1])] : Codes[code[at]];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                MemberInfo member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
                if (member is Type used) yield return used;
                if (member.DeclaringType is { } owner) yield return owner;
                if (member is MethodInfo { IsGenericMethod: true } called) foreach (Type argument in called.GetGenericArguments()) yield return argument;
            }

            at += OperandSize(operation.OperandType, code, at);
        }
    }

    private static int OperandSize(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    /// <summary>A type with what it is made of: elements and generic arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType) return Parts(type.GetElementType()!);
        return type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }
}
